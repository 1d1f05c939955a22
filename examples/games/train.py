"""Tic-tac-toe positions with one saving move, and a network that finds it.

    python train.py OUT

writes OUT/data, OUT/submission and OUT/broken anew: the positions by a full search of the game, the weights by torch,
the claimed outputs by the same network. Everything is seeded, and the committed files were made with torch 2.15.0,
numpy 2.4.6, scikit-learn 1.9.1 and safetensors 0.8.0 on a CPU; other versions may give other last digits.
"""

import argparse
import csv
import functools
import json
import pathlib

import numpy
import torch
from safetensors.torch import save_file
from sklearn import metrics
from torch import nn

SEED = 20_261_101
CELLS = ["a1", "b1", "c1", "a2", "b2", "c2", "a3", "b3", "c3"]
LINES = [(0, 1, 2), (3, 4, 5), (6, 7, 8), (0, 3, 6), (1, 4, 7), (2, 5, 8), (0, 4, 8), (2, 4, 6)]
SIZES = [128, 128]
EPOCHS = 300


def won(board, player):
    return any(all(board[cell] == player for cell in line) for line in LINES)


def over(board):
    return won(board, -1) or all(board)


def after(board, cell):
    """The position behind a move, seen by the other player: own stones are 1, the opponent's -1."""
    stones = list(board)
    stones[cell] = 1
    return tuple(-stone for stone in stones)


@functools.cache
def value(board):
    """1, 0 or -1: what the player to move reaches by perfect play."""
    if over(board):
        return -1 if won(board, -1) else 0
    return max(-value(after(board, cell)) for cell in range(9) if not board[cell])


def reachable():
    """Every position that play from the empty board can reach and that is not over, in a fixed order."""
    seen, waiting = {(0,) * 9}, [(0,) * 9]
    while waiting:
        board = waiting.pop()
        following = [] if over(board) else [after(board, cell) for cell in range(9) if not board[cell]]
        for board in following:
            if board not in seen:
                seen.add(board)
                waiting.append(board)
    return sorted(board for board in seen if not over(board))


def only_move(board):
    """The one move that keeps what perfect play reaches; none where several do, or only one is left to choose."""
    values = {cell: -value(after(board, cell)) for cell in range(9) if not board[cell]}
    best = [cell for cell in values if values[cell] == max(values.values())]
    return best[0] if len(best) == 1 and len(values) > 1 else None


def symmetries():
    """The eight turns and mirrorings of the board, each as the cell that every cell takes its stone from."""
    for mirrored in [False, True]:
        for turns in range(4):
            cells = []
            for cell in range(9):
                row, column = divmod(cell, 3)
                column = 2 - column if mirrored else column
                for _ in range(turns):
                    row, column = column, 2 - row
                cells.append(3 * row + column)
            yield cells


SYMMETRIES = list(symmetries())


def orbit(board):
    """A name that a position shares with its turned and mirrored twins, and with no other."""
    least = min(tuple(board[cell] for cell in cells) for cells in SYMMETRIES)
    return "".join("ox."[[-1, 1, 0].index(stone)] for stone in least)


def positions():
    rows = []
    for board in reachable():
        move = only_move(board)
        if move is not None:
            rows.append({"id": len(rows) + 1, **dict(zip(CELLS, board)), "move": CELLS[move], "orbit": orbit(board)})
    return rows


def dealt(rows):
    """Train, validation and test by orbit: twins are never parted. 55, 15 and 30 percent of the orbits."""
    orbits = sorted({row["orbit"] for row in rows})
    numpy.random.default_rng(SEED).shuffle(orbits)
    first, second = len(orbits) * 55 // 100, len(orbits) * 70 // 100
    parts = {"train": set(orbits[:first]), "validation": set(orbits[first:second]), "test": set(orbits[second:])}
    return {name: [row for row in rows if row["orbit"] in part] for name, part in parts.items()}


def write_csv(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def tensors(rows):
    features = torch.tensor([[row[cell] for cell in CELLS] for row in rows], dtype=torch.float32)
    return features, torch.tensor([CELLS.index(row["move"]) for row in rows])


class Classifier(nn.Module):
    """`mlp.TabularClassifier`: dense layers with an activation between any two."""

    def __init__(self):
        super().__init__()
        parts = []
        for before, width in zip([9] + SIZES, SIZES):
            parts += [nn.Linear(before, width), nn.ReLU()]
        self.layers = nn.Sequential(*parts, nn.Linear(SIZES[-1], 9))

    def forward(self, features):
        return self.layers(features)


def trained(splits):
    """The weights of the epoch with the least loss on the validation split."""
    torch.manual_seed(SEED)
    model = Classifier()
    optimiser = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=0.3)
    features, moves = tensors(splits["train"])
    held, answers = tensors(splits["validation"])
    best, kept = float("inf"), None
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(moves)).split(64):
            optimiser.zero_grad()
            nn.functional.cross_entropy(model(features[batch]), moves[batch]).backward()
            optimiser.step()
        with torch.no_grad():
            loss = nn.functional.cross_entropy(model(held), answers).item()
        if loss < best:
            best, kept = loss, {name: tensor.clone() for name, tensor in model.state_dict().items()}
    model.load_state_dict(kept)
    return model.eval()


def write_submission(out, model, rows):
    out.mkdir(parents=True, exist_ok=True)
    config = {
        "architectures": ["TabularClassifier"],
        "model_type": "tabular_mlp",
        "n_features": 9,
        "hidden_sizes": SIZES,
        "activation": "relu",
        "standardise": False,
        "id2label": {str(index): cell for index, cell in enumerate(CELLS)},
    }
    (out / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    weights = {name: tensor.contiguous() for name, tensor in model.state_dict().items()}
    save_file(weights, out / "model.safetensors", metadata={"format": "pt"})
    features, _ = tensors(rows[:32])
    logits = model(features)
    claims = {"features": features, "logits": logits, "probabilities": logits.softmax(-1)}
    save_file({name: value.contiguous() for name, value in claims.items()}, out / "golden.safetensors")


def tell(name, model, rows):
    features, moves = tensors(rows)
    logits = model(features).numpy()
    right = metrics.accuracy_score(moves, logits.argmax(-1))
    third = metrics.top_k_accuracy_score(moves, logits, k=3, labels=range(9))
    empty = numpy.mean([row[CELLS[move]] == 0 for row, move in zip(rows, logits.argmax(-1))])
    orbits = len({row["orbit"] for row in rows})
    print(f"{name}: {len(rows)} rows, {orbits} orbits, accuracy {right:.4f}, top 3 {third:.4f}, legal {empty:.4f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", metavar="OUT", type=pathlib.Path, help="the folder to write")
    out = parser.parse_args().out
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)

    rows = positions()
    splits = dealt(rows)
    for name, part in splits.items():
        write_csv(out / "data" / f"{name}.csv", part)
    # The broken twin: as many test rows, dealt out one by one, so that they part twins.
    drawn = numpy.random.default_rng(SEED).permutation(len(rows))[: len(splits["test"])]
    loose = [rows[index] for index in sorted(drawn)]
    write_csv(out / "broken" / "test.csv", loose)

    model = trained(splits)
    with torch.no_grad():
        write_submission(out / "submission", model, splits["test"])
        for name, part in [*splits.items(), ("broken test", loose)]:
            tell(name, model, part)


if __name__ == "__main__":
    main()
