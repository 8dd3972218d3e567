"""Feedback: what a worker can use, strengths first, each remark bound to quotes and to the number it rests on.

The wording is data (``wording.json``); a remark is made only where its evidence is there in the least amount the wording
names. Remarks speak of this session, never of the person, and nothing is added up.
"""

from reflectkit.feedback.norms import Norm as Norm
from reflectkit.feedback.norms import norms_for as norms_for
from reflectkit.feedback.remarks import TITLES as TITLES
from reflectkit.feedback.remarks import Feedback as Feedback
from reflectkit.feedback.remarks import Remark as Remark
from reflectkit.feedback.remarks import feedback_for as feedback_for
