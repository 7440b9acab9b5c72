# SPDX-License-Identifier: Apache-2.0
"""A DataLoader that loads in its own process, item by item."""

__all__ = ["DataLoader", "Dataset", "IterableDataset", "Sampler", "get_worker_info"]


class Dataset:
    def __class_getitem__(cls, item):
        return cls


class IterableDataset(Dataset):
    pass


class Sampler:
    def __class_getitem__(cls, item):
        return cls


def get_worker_info():
    """None: not in a worker process."""
    return None


class DataLoader:
    """Batches of an iterable dataset in its order; the number of workers and how far they run ahead do not matter."""

    def __class_getitem__(cls, item):
        return cls

    def __init__(self, dataset, batch_size=1, sampler=None, collate_fn=None, **_):
        self.dataset, self.batch_size, self.sampler = dataset, batch_size, sampler
        self.collate_fn = collate_fn or (lambda items: items)

    def items(self):
        return iter(self.dataset) if self.sampler is None else (self.dataset[index] for index in self.sampler)

    def __iter__(self):
        if self.batch_size is None:
            yield from self.items()
            return
        batch = []
        for item in self.items():
            batch.append(item)
            if len(batch) == self.batch_size:
                yield self.collate_fn(batch)
                batch = []
        if batch:
            yield self.collate_fn(batch)
