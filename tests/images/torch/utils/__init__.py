# SPDX-License-Identifier: Apache-2.0
from . import data

__all__ = ["data"]
