"""The first pack of somebody who never wrote one: small, whole and without a warning, so that changing it is enough."""

from __future__ import annotations

import json


def template(id: str, title: str) -> dict[str, str]:
    """Path inside the pack → text. `id` is a pack id, `title` any line; the result passes every check."""
    said = json.dumps(title, ensure_ascii=False)
    return {
        "pack.yaml": _PACK.replace("{id}", id).replace("{title}", said),
        "slides/idea.md": _SLIDE,
    }


_SLIDE = """\
# One idea

One sentence that everybody repeats at home.

Note: This line is for you only. A line with three dashes begins the next slide.
"""

_PACK = """\
# Every field: docs/packs.md. What is wrong and what to write instead: fieldkit pack check FOLDER
fieldkit: 1
id: {id}
version: 0.1.0
title: {title}
summary: Two sentences for the list. What can people do afterwards?
language: en
audience: {roles: [everybody], size: [5, 20]}
duration: 20
objectives:
  - {id: o1, text: Say the three steps in order.}
completion: {attendance_min: 80, score_min: 50, require: [sign]}
segments:
  - id: open
    phase: activation
    minutes: 4
    title: What do we know?
    worker: Think of the last time.
    notes: |
      What you do, what you **listen for**, and what you leave out when you are late.
    steps:
      - {at: 0, do: say, text: "Welcome. Exits and muster point."}
      - {at: 1, do: attendance}
      - {at: 2, do: open, activity: words, reveal: live, time_limit: 60}
  - id: idea
    phase: content
    minutes: 6
    title: One idea
    slides: [slides/idea.md]
    steps:
      - {at: 0, do: show, slide: 1}
      - {at: 3, do: open, activity: which, reveal: after_close, time_limit: 60}
  - id: practice
    phase: application
    minutes: 6
    title: Do it
    steps:
      - {at: 0, do: open, activity: steps, reveal: after_close, time_limit: 90}
      - {at: 3, do: open, activity: where}
  - id: close
    phase: synthesis
    minutes: 4
    title: What you take along
    steps:
      - {at: 0, do: open, activity: ticket, reveal: never, time_limit: 60}
      - {at: 2, do: open, activity: sign}
activities:
  words:
    type: wordcloud
    text: Which words come to your mind?
    max_words: 3
  which:
    type: choice
    text: What do you do first?
    graded: true
    sure: true
    ref: o1
    options:
      wrong: What many people do
      right: What is right
      other: What sounds right
    answer: [right]
    feedback: {right: "Right.", wrong: "One sentence that helps."}
    explain: Why it is so.
  steps:
    type: order
    text: Put the steps in order.
    graded: true
    ref: o1
    options: {second: The second step, third: The third step, first: The first step}
    answer: [first, second, third]
  where:
    type: prompt
    mode: confidential
    text: Where could this go wrong here?
    upvote: true
  ticket:
    type: text
    text: One thing you will do differently tomorrow.
  sign:
    type: acknowledge
    text: I took part in this training and could ask my questions.
    meaning: participation
"""
