# SPDX-License-Identifier: Apache-2.0
"""Writes a small tokenizer that GuideLLM can load without a network into a folder: a byte-level BPE of 2,000 tokens.

    PYTHON train_tokenizer.py FOLDER        (with the Python of a virtual environment that has GuideLLM)

It is trained on words made up of syllables, which come from a fixed seed: the same files every time. It has no token
for the byte 0: GuideLLM 0.3 begins each prompt with another token of the vocabulary, and the stand-in for vLLM takes no
text with a NUL.
"""
import json
import os
import random
import sys

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

NUL = "\u0100"  # as byte-level BPE writes it
BEGIN, END = "<s>", "</s>"
CONFIG = {
    "tokenizer_class": "PreTrainedTokenizerFast",
    "bos_token": BEGIN,
    "eos_token": END,
    "model_max_length": 131072,
    "clean_up_tokenization_spaces": False,
}


def made_up_lines():
    chance = random.Random(1)
    syllables = [consonant + vowel for consonant in "bcdfghklmnprstvw" for vowel in "aeiou"]
    words = ["".join(chance.choices(syllables, k=chance.randint(1, 4))) for _ in range(3000)]
    for _ in range(200):
        yield " ".join(chance.choices(words, k=200)) + "."


def trained():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=2000, special_tokens=[BEGIN, END], show_progress=False,
                                  initial_alphabet=sorted({*pre_tokenizers.ByteLevel.alphabet()} - {NUL}))
    tokenizer.train_from_iterator(made_up_lines(), trainer)
    return tokenizer


def main(folder):
    os.makedirs(folder, exist_ok=True)
    trained().save(os.path.join(folder, "tokenizer.json"))
    with open(os.path.join(folder, "tokenizer_config.json"), "w", encoding="utf-8") as file:
        json.dump(CONFIG, file, indent=2)
        file.write("\n")


if __name__ == "__main__":
    main(sys.argv[1])
