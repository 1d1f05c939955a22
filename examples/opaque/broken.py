"""The same rater with its two classes exchanged: it answers well-formed and wrong."""
import json
import sys

sys.dont_write_bytecode = True
import model

if __name__ == "__main__":
    json.loads(sys.stdin.readline())
    rater = model.Rater()
    model.say({"lmstd": 1})
    for line in sys.stdin:
        for item in json.loads(line)["ask"]:
            scores = rater.scores(item["inputs"]["text"])
            scores = {"negative": scores["positive"], "positive": scores["negative"]}
            model.say({"id": item["id"], "scores": scores})
