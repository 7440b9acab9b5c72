# SPDX-License-Identifier: Apache-2.0
"""As much of torch as GuideLLM needs for synthetic text over HTTP: it only feeds its workers through a DataLoader.

Installed in place of the real one, which would bring gigabytes of GPU libraries into an image that computes nothing.
Anything else that is asked of it fails as a missing attribute, by name.
"""
from . import utils

__version__ = "0.0.0"
__all__ = ["Generator", "Tensor", "device", "dtype", "tensor", "utils"]


class Tensor(int):
    """The library `datasets` counts epochs in one, to share the count with processes that there are none of here."""

    def share_memory_(self):
        return self


def tensor(value):
    return Tensor(value)


class Generator:
    """GuideLLM seeds one and hands it to its samplers; synthetic data draws from generators of its own."""

    def manual_seed(self, seed):
        self.seed = seed
        return self


class device:
    """For annotations only."""


class dtype:
    """For annotations only."""
