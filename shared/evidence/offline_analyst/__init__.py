"""An analysis without a model: what happened, in the evidence's own words, the same for the same recording.

    timeline ─▶ observations ─▶ cuts ─▶ sections
                     └────────────────▶ key findings ─▶ summary

An observation is a piece of evidence that somebody would point at, and what is quoted of it. Each statement consists of
a few words of ours and one quotation, so that without its evidence nothing of it is left.
"""
