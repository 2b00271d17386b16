"""Pure decisions of the quiz, cut by noun.

``question_sheets`` reads banks, ``papers`` draws and shuffles, ``marking`` scores, ``winners``
commits.
"""
