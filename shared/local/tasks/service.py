"""The methods of `google.cloud.tasks.v2.CloudTasks`: each takes the request message and returns the response.

Codes and words of the errors are those of the real service, where they were observed.
"""

import threading
import time
from collections.abc import Iterable, Sequence
from typing import Any

from google.cloud import tasks_v2
from google.cloud.tasks_v2 import Queue, Task
from google.protobuf.empty_pb2 import Empty
from google.protobuf.field_mask_pb2 import FieldMask

from shared.local.tasks.attempts import StoredTask
from shared.local.tasks.counters import Counters
from shared.local.tasks.dispatcher import Dispatcher
from shared.local.tasks.errors import invalid, missing, taken
from shared.local.tasks.messages import PAUSED, RUNNING, timestamp
from shared.local.tasks.queues import complete_queue
from shared.local.tasks.store import NameRemembered, NameTaken, QueueMissing, Store
from shared.local.tasks.tasks import complete_task

_MAX_PAGE = 1000
_NO_QUEUE = "Queue does not exist. If you just created the queue, wait at least a minute for the queue to initialize."
_NO_ENTITY = "Requested entity was not found."
_ENDED_TASK = (
    "The task no longer exists, though a task with this name existed recently. The task either successfully "
    "completed or was deleted."
)
_RECENT_NAME = "The task cannot be created because a task with this name existed too recently."
_SETTINGS = ("rate_limits", "retry_config")
_READ_ONLY_FIELDS = {"name", "state", "purge_time"}


def apply_settings(store: Store, queues: Iterable[Queue]) -> None:
    """Create the queues that are missing and give the others these settings; a paused queue stays paused."""
    for queue in queues:
        current = store.queue(queue.name)
        store.save_queue(_merged(current, queue, ()) if current else queue)


class CloudTasks:
    """The service over one store; its methods may be called from any thread."""

    def __init__(self, store: Store, dispatcher: Dispatcher, counters: Counters) -> None:
        self._store = store
        self._dispatcher = dispatcher
        self._counters = counters
        # A queue is read, changed and written back: one change at a time.
        self._queue_lock = threading.Lock()

    def CreateQueue(self, request: tasks_v2.CreateQueueRequest) -> Queue:
        """Add a queue with every setting complete."""
        with self._queue_lock:
            if not request.queue.name.startswith(f"{request.parent}/queues/"):
                raise invalid("The queue's name must begin with the parent of the request.")
            if self._store.queue(request.queue.name) is not None:
                raise taken("Queue already exists")
            return self._save(_new_queue(request.queue))

    def GetQueue(self, request: tasks_v2.GetQueueRequest) -> Queue:
        """Return a queue."""
        return self._queue(request.name)

    def ListQueues(self, request: tasks_v2.ListQueuesRequest) -> tasks_v2.ListQueuesResponse:
        """Return the queues of a location, by name."""
        prefix = f"{request.parent}/queues/"
        queues = [queue for queue in self._store.queues() if queue.name.startswith(prefix)]
        rest = [queue for queue in queues if queue.name > request.page_token]
        page = rest[: _page_size(request.page_size)]
        return tasks_v2.ListQueuesResponse(queues=page, next_page_token=_next_token(page, rest))

    def UpdateQueue(self, request: tasks_v2.UpdateQueueRequest) -> Queue:
        """Change the settings of a queue that the mask names (all of them without a mask), or create it."""
        with self._queue_lock:
            current = self._store.queue(request.queue.name)
            if current is None:
                return self._save(_new_queue(request.queue))
            return self._save(complete_queue(_merged(current, request.queue, request.update_mask.paths)))

    def DeleteQueue(self, request: tasks_v2.DeleteQueueRequest) -> Empty:
        """Remove a queue and its tasks."""
        if not self._store.delete_queue(request.name):
            raise missing(_NO_ENTITY)
        return Empty()

    def PauseQueue(self, request: tasks_v2.PauseQueueRequest) -> Queue:
        """Stop the dispatches of a queue; those under way go on."""
        return self._set_state(request.name, PAUSED)

    def ResumeQueue(self, request: tasks_v2.ResumeQueueRequest) -> Queue:
        """Let a paused queue dispatch again."""
        return self._set_state(request.name, RUNNING)

    def PurgeQueue(self, request: tasks_v2.PurgeQueueRequest) -> Queue:
        """Delete every task of a queue."""
        with self._queue_lock:
            queue = self._queue(request.name)
            queue.purge_time = timestamp(time.time())
            self._store.remove_tasks(queue.name, time.time())
            return self._save(queue)

    def CreateTask(self, request: tasks_v2.CreateTaskRequest) -> Task:
        """Add a task; when this returns it is on disk."""
        now_s = time.time()
        self._queue(request.parent)
        stored = StoredTask(complete_task(request.task, request.parent, now_s))
        try:
            self._store.add_task(stored, now_s)
        except NameTaken as error:
            raise taken("Requested entity already exists") from error
        except NameRemembered as error:
            raise taken(_RECENT_NAME) from error
        except QueueMissing as error:
            raise missing(_NO_QUEUE) from error
        self._counters.count("created")
        self._dispatcher.wake()
        return _view(stored, request.response_view)

    def GetTask(self, request: tasks_v2.GetTaskRequest) -> Task:
        """Return a task that has not ended."""
        stored = self._store.task(request.name)
        if stored is None:
            raise missing(_ENDED_TASK if self._store.remembers(request.name, time.time()) else _NO_ENTITY)
        return _view(stored, request.response_view)

    def ListTasks(self, request: tasks_v2.ListTasksRequest) -> tasks_v2.ListTasksResponse:
        """Return the tasks of a queue, by name."""
        self._queue(request.parent)
        size = _page_size(request.page_size)
        rest = self._store.tasks(request.parent, after=request.page_token, limit=size + 1)
        page = [_view(stored, request.response_view) for stored in rest[:size]]
        return tasks_v2.ListTasksResponse(tasks=page, next_page_token=_next_token(page, rest))

    def DeleteTask(self, request: tasks_v2.DeleteTaskRequest) -> Empty:
        """Remove a task; an attempt under way goes on, and is not repeated."""
        stored = self._store.task(request.name)
        if stored is None:
            raise missing(_NO_ENTITY)
        self._store.remove_task(stored, time.time())
        return Empty()

    def RunTask(self, request: tasks_v2.RunTaskRequest) -> Task:
        """Attempt a task now, even if its queue is paused or at its limits."""
        begun = self._dispatcher.run_now(request.name)
        if begun is None:
            raise missing(_NO_ENTITY)
        return _view(begun, request.response_view)

    def _queue(self, name: str) -> Queue:
        queue = self._store.queue(name)
        if queue is None:
            raise missing(_NO_QUEUE)
        return queue

    def _set_state(self, name: str, state: Queue.State) -> Queue:
        with self._queue_lock:
            queue = self._queue(name)
            queue.state = state
            return self._save(queue)

    def _save(self, queue: Queue) -> Queue:
        self._store.save_queue(queue)
        self._dispatcher.wake()
        return queue


def _new_queue(asked: Queue) -> Queue:
    queue = complete_queue(asked)
    queue.state = RUNNING  # output only: what the client sent is ignored
    return queue


def _merged(current: Queue, changes: Queue, paths: Sequence[str]) -> Queue:
    merged = Queue(current)
    mask = FieldMask(paths=[path for path in paths or _SETTINGS if path not in _READ_ONLY_FIELDS])
    if not mask.IsValidForDescriptor(Queue.pb(merged).DESCRIPTOR):
        raise invalid(f"Unknown field in update_mask: {', '.join(paths)}.")
    mask.MergeMessage(Queue.pb(changes), Queue.pb(merged), replace_message_field=True)
    return merged


def _view(stored: StoredTask, view: Task.View) -> Task:
    """Return the task as it is shown: its body only when asked for."""
    shown = Task(stored.task)
    shown.view = view or Task.View(Task.View.BASIC)
    if shown.view != Task.View.FULL:
        shown.http_request.body = b""
    return shown


def _page_size(asked: int) -> int:
    return min(asked, _MAX_PAGE) or _MAX_PAGE


def _next_token(page: list[Any], rest: list[Any]) -> str:
    return str(page[-1].name) if len(rest) > len(page) else ""
