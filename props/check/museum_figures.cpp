#include "props/check/museum_figures.hpp"

#include <algorithm>
#include <cmath>

namespace poolproof::check {
namespace {

template <class K>
std::optional<K> most_often(const std::map<K, std::size_t>& counts) {
  const auto most =
      std::max_element(counts.begin(), counts.end(),
                       [](const auto& a, const auto& b) { return a.second < b.second; });
  return most == counts.end() ? std::nullopt : std::optional(most->first);
}

template <class T>
std::optional<T> quantile(std::vector<std::optional<T>> values, double part) {
  if (values.empty()) return std::nullopt;
  std::sort(values.begin(), values.end(),
            [](const auto& a, const auto& b) { return a && (!b || *a < *b); });
  const auto rank = static_cast<std::size_t>(std::ceil(part * static_cast<double>(values.size())));
  return values[std::max<std::size_t>(rank, 1) - 1];
}

}  // namespace

void Figures::add(const HuntResult& outcome) {
  if (outcome.verdict != Verdict::broken) {
    schedules_.emplace_back();
    seconds_.emplace_back();
    return;
  }
  schedules_.emplace_back(outcome.schedules);
  seconds_.emplace_back(outcome.seconds);
  ++laws_[outcome.law];
  ++strategies_[outcome.strategy];
  if (!outcome.smallest) return;
  const Smallest& smallest = *outcome.smallest;
  if (const auto& size = smallest.size) {
    const std::array parts{size->callers, size->loans, size->operations, size->preemptions,
                           size->switches};
    for (std::size_t i = 0; i < parts.size(); ++i) {
      sizes_[i].emplace_back(static_cast<double>(parts[i]));
    }
  }
  sizes_[kToken].emplace_back(static_cast<double>(smallest.token.size()));
  sizes_[kMilliseconds].emplace_back(smallest.seconds * 1000);
}

std::size_t Figures::missed() const {
  return static_cast<std::size_t>(std::count(schedules_.begin(), schedules_.end(), std::nullopt));
}

std::optional<std::uint64_t> Figures::schedules(double part) const {
  return quantile(schedules_, part);
}

std::optional<double> Figures::seconds(double part) const { return quantile(seconds_, part); }

std::optional<model::LawId> Figures::law() const { return most_often(laws_); }

std::optional<explore::Strategy> Figures::strategy() const { return most_often(strategies_); }

std::optional<double> Figures::size(std::size_t which, double part) const {
  return quantile(sizes_.at(which), part);
}

namespace {

bool is_of(const Hunt& hunt, const Exhibit& exhibit, std::optional<explore::Strategy> strategy) {
  return hunt.exhibit->name == exhibit.name && hunt.strategy == strategy;
}

// Those that were hunted with every seed: of the others nothing is known yet, unless it was found.
std::vector<const Exhibit*> select(const MuseumResult& result, bool sound, bool found) {
  std::vector<const Exhibit*> selected;
  for (const Exhibit& exhibit : result.exhibits) {
    if (exhibit.sound != sound) continue;
    const Figures figures = figures_of(result, exhibit, result.strategies.back());
    const bool caught = figures.missed() < figures.hunts();
    if (caught != found || (!caught && figures.hunts() < result.seeds)) continue;
    selected.push_back(&exhibit);
  }
  return selected;
}

}  // namespace

Figures figures_of(const MuseumResult& result, const Exhibit& exhibit,
                   std::optional<explore::Strategy> strategy) {
  Figures figures;
  for (std::size_t i = 0; i < result.hunts.size(); ++i) {
    if (!result.outcomes[i] || !is_of(result.hunts[i], exhibit, strategy)) continue;
    figures.add(*result.outcomes[i]);
  }
  return figures;
}

Figures figures_of(const MuseumResult& result) {
  Figures figures;
  for (std::size_t i = 0; i < result.hunts.size(); ++i) {
    const Hunt& hunt = result.hunts[i];
    if (!result.outcomes[i] || hunt.exhibit->sound || hunt.strategy != result.strategies.back()) {
      continue;
    }
    figures.add(*result.outcomes[i]);
  }
  return figures;
}

std::vector<const Exhibit*> survivors(const MuseumResult& result) {
  return select(result, false, false);
}

std::vector<const Exhibit*> wronged(const MuseumResult& result) {
  return select(result, true, true);
}

}  // namespace poolproof::check
