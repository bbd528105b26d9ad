"""The text recognition models: loaded once per process, from the installed package and from nowhere else.

rapidocr fetches a model that it does not find, unless it is given the model's path: then a missing file is an error.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from shared.media.ocr_picture import Picture

#: Detection sees a picture at this scale, at which text of 13 px is still found …
_DETECTION_SCALE = 736 / 1280
#: … but a small picture as it is, and none with a longer side than the last: up to 2560 px that is enough.
_MIN_DETECTION_SIDE, _MAX_DETECTION_SIDE = 736, 1104
_DETECTION_STEP = 32  # the model takes multiples of it
#: More threads do not make lines of text faster.
_MAX_THREADS = 4
_MODELS = {"Det": "PP-OCRv6_det_small.onnx", "Rec": "PP-OCRv6_rec_small.onnx"}

_loading = threading.Lock()
_loaded: list[OcrEngine] = []


class OcrEngine:
    """Find where text is, and read it. One call at a time: rapidocr keeps state between its steps.

    Raises:
        FileNotFoundError: the folder has not got both models.
    """

    def __init__(self, models: Path) -> None:
        from rapidocr import RapidOCR

        for name in _MODELS.values():
            if not (models / name).is_file():
                raise FileNotFoundError(f"The text recognition model {name} is not in {models}.")
        self._rapidocr: Any = RapidOCR(params=_parameters(models))
        self._calling = threading.Lock()

    def detect(self, picture: Picture) -> NDArray[np.int32]:
        """Return a box for each line of text as x, y, right, bottom (lines x 4); none on an empty picture."""
        height, width = picture.shape[:2]
        seen = cv2.resize(picture, _detection_size(width, height))
        with self._calling:
            # Each switch is named, because rapidocr remembers what it was told last.
            found = self._rapidocr(seen, use_det=True, use_cls=False, use_rec=False)
        if found.boxes is None:
            return np.empty((0, 4), np.int32)
        corners = np.asarray(found.boxes, np.float32).reshape(-1, 4, 2) * (
            width / seen.shape[1],
            height / seen.shape[0],
        )
        starts, ends = np.floor(corners.min(axis=1)), np.ceil(corners.max(axis=1))
        return np.hstack([starts, ends]).astype(np.int32)

    def recognise(self, crops: Sequence[Picture]) -> list[tuple[str, float]]:
        """Return what each picture of one line says, and how sure that is (0..1)."""
        if not crops:
            return []
        with self._calling:
            read = self._rapidocr.recognize_txt(list(crops))
        return [(text, float(score)) for text, score in zip(read.txts, read.scores, strict=True)]


def shared_engine() -> OcrEngine:
    """Return the engine of this process; the first call takes about a second.

    Raises:
        FileNotFoundError: the package came without its models.
    """
    with _loading:
        if not _loaded:
            _loaded.append(OcrEngine(packaged_models()))
        return _loaded[0]


def packaged_models() -> Path:
    """Return the folder of the models that are part of the installed package."""
    import rapidocr

    return Path(rapidocr.__file__).parent / "models"


def _detection_size(width: int, height: int) -> tuple[int, int]:
    longest = max(width, height)
    side = min(max(longest * _DETECTION_SCALE, _MIN_DETECTION_SIDE), _MAX_DETECTION_SIDE, longest)
    width, height = (max(round(one * side / longest / _DETECTION_STEP), 1) * _DETECTION_STEP for one in (width, height))
    return width, height


def _parameters(models: Path) -> dict[str, object]:
    threads = min(len(os.sched_getaffinity(0)), _MAX_THREADS)
    return {
        "Global.log_level": "error",
        "Global.use_cls": False,
        "Global.use_rec": False,
        "Det.limit_type": "max",
        "Det.limit_side_len": _MAX_DETECTION_SIDE,
        "EngineConfig.onnxruntime.intra_op_num_threads": threads,
        "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        **{f"{task}.model_path": str(models / name) for task, name in _MODELS.items()},
    }
