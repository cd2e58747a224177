"""What a published table or a load tool's output can and cannot mean: text → rows → findings → words.

Pure, but for the file of what runs on what that lies beside it.
"""

from lab.audit.audit import Audit, Audited, audit
from lab.audit.finding import Finding
from lab.audit.readers import read
from lab.audit.row import Errors, Reading, Row
from lab.audit.told import Told

__all__ = ["Audit", "Audited", "Errors", "Finding", "Reading", "Row", "Told", "audit", "read"]
