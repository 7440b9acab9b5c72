# SPDX-License-Identifier: Apache-2.0
from . import Dataset, IterableDataset

__all__ = ["Dataset", "IterableDataset"]
