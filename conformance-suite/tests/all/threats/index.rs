//! Cases 20 to 22: indexes of shards.

use super::bench::Bench;
use super::build::{Tensor, load, save};
use super::{Case, Must, case};
use serde_json::{Map, Value, json};

/// A sound model in two shards; `change` may do to the index what it likes.
fn sharded(bench: &Bench, change: impl FnOnce(&mut Map<String, Value>)) -> [Vec<Tensor>; 2] {
    bench.model("tabular-mlp");
    let single = bench.submitted("model.safetensors");
    let mut first = load(&single);
    std::fs::remove_file(single).unwrap();
    let second = first.split_off(first.len() / 2);
    let mut map = Map::new();
    for (tensors, name) in [(&first, "a.safetensors"), (&second, "b.safetensors")] {
        bench.file(name, save(tensors));
        map.extend(tensors.iter().map(|tensor| (tensor.name.clone(), Value::from(name))));
    }
    change(&mut map);
    bench.file("model.safetensors.index.json", json!({"metadata": {}, "weight_map": map}).to_string());
    [first, second]
}

fn renamed(bench: &Bench, to: &str) {
    sharded(bench, |map| *map.values_mut().next().unwrap() = to.into());
}

pub fn cases() -> Vec<Case> {
    vec![
        case(20, "index: shard `../x`, absolute, symlinked", Must::Reject)
            .certify("unsafe_path", "climbing", |bench| renamed(bench, "../x.safetensors"))
            .certify("unsafe_path", "absolute", |bench| renamed(bench, "/etc/x.safetensors"))
            .certify("unsafe_path", "symlinked", |bench| {
                sharded(bench, |_| {});
                std::fs::rename(bench.submitted("a.safetensors"), bench.path("elsewhere")).unwrap();
                std::os::unix::fs::symlink(bench.path("elsewhere"), bench.submitted("a.safetensors")).unwrap();
            }),
        case(21, "index: tensor in two shards / missing shard", Must::Reject)
            .certify("shard_mismatch", "in two", |bench| {
                let [first, mut second] = sharded(bench, |_| {});
                second.push(first[0].clone());
                bench.file("b.safetensors", save(&second));
            })
            .certify("missing_file", "missing", |bench| {
                sharded(bench, |_| {});
                std::fs::remove_file(bench.submitted("b.safetensors")).unwrap();
            }),
        case(22, "index: extra unreferenced shard", Must::Fail).certify("unreferenced_shard", "", |bench| {
            let [first, _] = sharded(bench, |_| {});
            bench.file("c.safetensors", save(&first));
        }),
    ]
}
