#include "props/explore/dpor/frontier.hpp"

#include <algorithm>
#include <utility>

#include "props/explore/dpor/message.hpp"

namespace poolproof::explore::dpor {
namespace {

// So many at most before those are preferred that will soon be done.
constexpr std::size_t kManyTwigs = 20'000;

std::size_t ways(const Node& node) { return node.explored + 1 + node.branches.size(); }

}  // namespace

// Those near the root have most to do.
std::optional<Part> Frontier::take() {
  if (!begun_) {
    begun_ = whole_is_taken_ = true;
    return Part{};
  }
  const Twig* best = nullptr;
  for (const Twig& each : twigs_) {
    if (!each.alive || each.taken || !each.node.has_more()) continue;
    const bool is_better = best == nullptr || (alive_ > kManyTwigs ? each.depth > best->depth
                                                                   : each.depth < best->depth);
    if (is_better) best = &each;
  }
  if (best == nullptr) return std::nullopt;
  Part part;
  part.path.push_back(best->node);
  for (const Twig* each = best; each->parent != kNone; each = &twigs_[each->parent]) {
    part.path.push_back(each->came_by);
    part.path.back().sleepers = twigs_[each->parent].node.sleepers;
  }
  std::reverse(part.path.begin(), part.path.end());
  part.number = best->number;
  twigs_[best->number].taken = true;
  return part;
}

void Frontier::give_back(const Part& part) {
  if (part.path.empty()) {
    begun_ = whole_is_taken_ = false;
  } else {
    settle(part.number);
    wither(part.number);
  }
}

void Frontier::give_back(Remainder remainder) {
  std::size_t last = kNone;
  auto& path = remainder.path;
  if (whole_is_taken_) {
    whole_is_taken_ = false;
    for (Node& each : path) last = grow(std::move(each), last);
  } else {
    last = remainder.number;
    twigs_[last].node = std::move(path.front());
    settle(last);
    std::size_t above = twigs_[last].parent;
    for (std::size_t i = remainder.before.size(); i-- > 0; above = twigs_[above].parent) {
      for (auto& sequence : std::move(remainder.before[i]).sequences()) {
        add(above, std::move(sequence));
      }
    }
    for (std::size_t i = 1; i < path.size(); ++i) last = grow(std::move(path[i]), last);
  }
  wither(last);
}

std::size_t Frontier::grow(Node node, std::size_t parent) {
  if (dead_.empty()) {
    dead_.push_back(twigs_.size());
    twigs_.emplace_back();
  }
  const std::size_t index = dead_.back();
  dead_.pop_back();
  Twig& twig = twigs_[index] = {};
  twig.node = std::move(node);
  twig.number = index;
  twig.parent = parent;
  twig.alive = true;
  ++alive_;
  if (parent != kNone) {
    twig.depth = twigs_[parent].depth + 1;
    ++twigs_[parent].children;
    const Node& before = twigs_[parent].node;
    twig.came_by.process = before.process;
    twig.came_by.plan = before.plan;
    twig.came_by.accesses = before.accesses;
  }
  return index;
}

void Frontier::add(std::size_t index, std::vector<Move> sequence) {
  Twig& twig = twigs_[index];
  if (twig.taken) {
    twig.late.push_back(std::move(sequence));
  } else {
    twig.node.insert(std::move(sequence));
  }
}

// Nobody has it any more.
void Frontier::settle(std::size_t index) {
  Twig& twig = twigs_[index];
  twig.taken = false;
  for (auto& sequence : std::exchange(twig.late, {})) twig.node.insert(std::move(sequence));
}

// It is done, unless it is not; then perhaps what is before it.
void Frontier::wither(std::size_t index) {
  while (index != kNone) {
    Twig& twig = twigs_[index];
    if (twig.taken || twig.children > 0 || twig.node.has_more()) return;
    twig.alive = false;
    twig.node = {};
    dead_.push_back(index);
    --alive_;
    index = twig.parent;
    if (index != kNone) --twigs_[index].children;
  }
}

std::size_t Frontier::ready() const {
  if (!begun_) return 1;
  return static_cast<std::size_t>(std::count_if(twigs_.begin(), twigs_.end(), [](const Twig& each) {
    return each.alive && !each.taken && each.node.has_more();
  }));
}

// Each way to go on from a state weighs as much as another; those not thought of yet weigh nothing.
double Frontier::done() const {
  if (is_done()) return 1;
  if (alive_ == 0) return 0;
  double left = 0;
  for (const Twig& twig : twigs_) {
    if (!twig.alive) continue;
    double weight = 1;
    for (std::size_t each = twig.parent; each != kNone; each = twigs_[each].parent) {
      weight /= static_cast<double>(ways(twigs_[each].node));
    }
    left += weight * static_cast<double>(twig.node.branches.size()) /
            static_cast<double>(ways(twig.node));
  }
  return 1 - std::min(left, 1.0);
}

// ---- as a file ----

void to_json(nlohmann::json& json, const Frontier& frontier) {
  json = nlohmann::json::array();
  for (const Frontier::Twig& twig : frontier.twigs_) {
    Node node = twig.node;
    for (const auto& sequence : twig.late) node.insert(sequence);
    json.push_back(twig.alive ? nlohmann::json{node, twig.came_by, twig.parent, twig.depth}
                              : nlohmann::json());
  }
}

void from_json(const nlohmann::json& json, Frontier& frontier) {
  frontier = {};
  frontier.begun_ = !json.empty();
  frontier.twigs_.resize(json.size());
  for (std::size_t i = 0; i < json.size(); ++i) {
    if (json[i].is_null()) {
      frontier.dead_.push_back(i);
      continue;
    }
    Frontier::Twig& twig = frontier.twigs_[i];
    twig.node = json[i].at(0).get<Node>();
    twig.came_by = json[i].at(1).get<Node>();
    twig.number = i;
    twig.parent = json[i].at(2);
    twig.depth = json[i].at(3);
    twig.alive = true;
    ++frontier.alive_;
    if (twig.parent != Frontier::kNone) ++frontier.twigs_.at(twig.parent).children;
  }
}

}  // namespace poolproof::explore::dpor
