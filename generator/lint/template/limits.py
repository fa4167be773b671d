"""What CloudFormation takes at most of a template.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
"""

from __future__ import annotations

INLINE = 51_200
"""Bytes of a template in the call itself: all there is until the artifact bucket exists."""
BY_URL = 1_000_000
"""Bytes of a template given by S3 URL."""
BY_PIPELINE = 460_800
"""Bytes of a template that a pipeline's StackSet action takes."""
SECTIONS = {"Resources": 500, "Parameters": 200, "Outputs": 200, "Mappings": 200}
"""Entries of a template's sections."""
NEAR = 0.9
"""From this share of a limit on, there is a warning."""
