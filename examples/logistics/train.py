"""Daily orders of three depots, made up, and a small network that forecasts them.

    python train.py OUT

writes OUT/data, OUT/submission and OUT/broken anew: the series by the formula in `orders`, the weights by torch, the
claimed outputs by the same network. Everything is seeded, and the committed files were made with torch 2.15.0, numpy
2.4.6, scikit-learn 1.9.1 and safetensors 0.8.0 on a CPU; other versions may give other last digits.
"""

import argparse
import csv
import datetime
import json
import math
import pathlib

import numpy
import torch
from safetensors.torch import save_file
from sklearn import metrics
from torch import nn

SEED = 20_261_105
FIRST, DAYS = datetime.date(2024, 11, 4), 727
# The last day of a split; the next one begins on the day after. The test ends on 31 October 2026.
ENDS = {"train": "2026-04-30", "validation": "2026-06-30", "test": "2026-10-31"}
# The order of the labels in standard.lms.
WEEKDAYS = {"mon": 1.10, "tue": 1.05, "wed": 1.00, "thu": 1.02, "fri": 1.12, "sat": 0.62, "sun": 0.35}
DEPOTS = {"north": 420.0, "harbour": 260.0, "valley": 150.0}
HOLIDAYS = {"12-25", "12-26", "01-01", "05-01", "10-03"}
MOVABLE = {
    *["2025-04-18", "2025-04-21", "2025-05-29", "2025-06-09"],
    *["2026-04-03", "2026-04-06", "2026-05-14", "2026-05-25"],
}
SIZE, LAYERS = 32, 2
EPOCHS = 120


def holiday(day):
    return day.isoformat()[5:] in HOLIDAYS or day.isoformat() in MOVABLE


def orders():
    """Orders by depot and day, drawn by Poisson's law. Base, trend, weekday, season, promotion and holiday multiply to
    the mean, and so does noise that lingers, a part of it common to all depots."""
    generator = numpy.random.default_rng(SEED)
    days = [FIRST + datetime.timedelta(days=place) for place in range(DAYS)]
    begins = {depot: generator.random(DAYS) < 0.035 for depot in DEPOTS}
    # A promotion lasts three days.
    lasts = lambda begun: [bool(begun[max(0, place - 2) : place + 1].any()) for place in range(DAYS)]
    promoted = {depot: lasts(begun) for depot, begun in begins.items()}
    common, own = 0.0, dict.fromkeys(DEPOTS, 0.0)
    series = {depot: [] for depot in DEPOTS}
    for place, day in enumerate(days):
        common = 0.6 * common + generator.normal(0, 0.04)
        season = 1 + 0.10 * math.cos(2 * math.pi * (day.timetuple().tm_yday - 340) / 365.25)
        for depot, base in DEPOTS.items():
            own[depot] = 0.6 * own[depot] + generator.normal(0, 0.03)
            mean = base * (1 + 0.04 * place / 365.25) * season
            mean *= list(WEEKDAYS.values())[day.weekday()] * (0.4 if holiday(day) else 1)
            mean *= (1.25 if promoted[depot][place] else 1) * math.exp(common + own[depot])
            series[depot].append(int(generator.poisson(mean)))
    return days, promoted, series


def table():
    """A row for each day and depot from the fifteenth day on, when both lags are known."""
    days, promoted, series = orders()
    rows = []
    for place in range(14, DAYS):
        for depot in DEPOTS:
            rows.append({
                "id": len(rows) + 1,
                "day": days[place].isoformat(),
                "lag_7": series[depot][place - 7],
                "lag_14": series[depot][place - 14],
                "weekday": list(WEEKDAYS)[days[place].weekday()],
                "promotion": str(promoted[depot][place]).lower(),
                "holiday": str(holiday(days[place])).lower(),
                "depot": depot,
                "orders": series[depot][place],
            })
    return rows


def split(rows):
    """By time: what is tested lies behind what is validated, and that behind what is learnt."""
    parts, after = {}, ""
    for name, end in ENDS.items():
        parts[name] = [row for row in rows if after < row["day"] <= end]
        after = end
    return parts


def write_csv(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def tensors(rows):
    """Columns in their order; true is 1, and a class has a number for each of its labels."""
    def numbers(row):
        yield from (float(row["lag_7"]), float(row["lag_14"]))
        yield from (float(row["weekday"] == weekday) for weekday in WEEKDAYS)
        yield from (float(row["promotion"] == "true"), float(row["holiday"] == "true"))
        yield from (float(row["depot"] == depot) for depot in DEPOTS)

    features = torch.tensor([list(numbers(row)) for row in rows])
    return features, torch.tensor([[float(row["orders"])] for row in rows])


class Forecaster(nn.Module):
    """`logistics.DemandForecaster` of model.lms."""

    def __init__(self, features, orders):
        super().__init__()
        self.scales = {
            "features.centre": features.double().mean(0).float(),
            "features.scale": features.double().std(0, correction=0).float(),
            "prediction.centre": orders.double().mean(0).float(),
            "prediction.scale": orders.double().std(0, correction=0).float(),
        }
        width = features.shape[1]
        self.layers = nn.ModuleList(nn.Linear(width if place == 0 else SIZE, SIZE) for place in range(LAYERS))
        self.line, self.bend = nn.Linear(width, 1), nn.Linear(SIZE, 1)

    def forward(self, features):
        scaled = (features - self.scales["features.centre"]) / self.scales["features.scale"]
        hidden = scaled
        for layer in self.layers:
            hidden = layer(hidden).relu()
        raw = self.line(scaled) + self.bend(hidden)
        return raw * self.scales["prediction.scale"] + self.scales["prediction.centre"]


def trained(splits):
    """The weights of the epoch with the least relative error on the validation split."""
    torch.manual_seed(SEED)
    features, orders = tensors(splits["train"])
    held, truth = tensors(splits["validation"])
    model = Forecaster(features, orders)
    optimiser = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=0.1)
    # Between relative and absolute error: few orders are less certain in proportion.
    lost = lambda guess, truth: ((guess - truth).abs() / truth.clamp(min=1).sqrt()).mean()
    best, kept = float("inf"), None
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(orders)).split(64):
            optimiser.zero_grad()
            lost(model(features[batch]), orders[batch]).backward()
            optimiser.step()
        with torch.no_grad():
            loss = lost(model(held), truth).item()
        if loss < best:
            best, kept = loss, {name: tensor.clone() for name, tensor in model.state_dict().items()}
    model.load_state_dict(kept)
    return model.eval()


def write_submission(out, model, rows):
    out.mkdir(parents=True, exist_ok=True)
    features, _ = tensors(rows[:48])
    config = {
        "model_type": "demand_forecaster",
        "num_features": features.shape[1],
        "hidden_size": SIZE,
        "num_hidden_layers": LAYERS,
        "hidden_act": "relu",
    }
    (out / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    weights = {name: tensor.contiguous() for name, tensor in {**model.state_dict(), **model.scales}.items()}
    save_file(weights, out / "model.safetensors", metadata={"format": "pt"})
    save_file({"features": features, "prediction": model(features).contiguous()}, out / "golden.safetensors")


def tell(name, truth, guess):
    numbers = {
        "MAE": metrics.mean_absolute_error(truth, guess),
        "RMSE": metrics.root_mean_squared_error(truth, guess),
        "MAPE": metrics.mean_absolute_percentage_error(truth, guess),
    }
    print(f"{name}: {len(truth)} rows", *(f"{label} {number:.4f}" for label, number in numbers.items()), sep=", ")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", metavar="OUT", type=pathlib.Path, help="the folder to write")
    out = parser.parse_args().out
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)

    rows = table()
    splits = split(rows)
    for name, part in splits.items():
        write_csv(out / "data" / f"{name}.csv", part)
    # The broken twin: as many test rows, drawn from all days.
    drawn = numpy.random.default_rng(SEED).permutation(len(rows))[: len(splits["test"])]
    loose = [rows[index] for index in sorted(drawn)]
    write_csv(out / "broken" / "test.csv", loose)

    model = trained(splits)
    with torch.no_grad():
        write_submission(out / "submission", model, splits["test"])
        for name, part in [*splits.items(), ("broken test", loose)]:
            features, orders = tensors(part)
            tell(name, orders, model(features))
            tell(f"{name}, as a week ago", orders, features[:, 0])
            print(f"{name}: from {part[0]['day']} to {part[-1]['day']}")


if __name__ == "__main__":
    main()
