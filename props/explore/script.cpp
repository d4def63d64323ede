#include "props/explore/script.hpp"

#include <algorithm>
#include <limits>

namespace poolproof::explore {
namespace {

using world::Candidate;
using world::OperationKind;
using world::Stream;

// How far ahead a step is looked for that may have been left out.
constexpr std::size_t kLookAhead = 8;
// A run that goes astray does so at one decision in so many.
constexpr std::uint32_t kAstrayPeriod = 6;

constexpr auto kNever = std::numeric_limits<std::uint32_t>::max();

bool is_clock(const Candidate& candidate) { return candidate.pending.kind == OperationKind::clock; }

Place current_place(const Whereabouts& where) {
  return where.steps().empty() ? Place{} : where.place_of(where.steps().back().task);
}

bool comes_before_the_run(Stream stream) {
  return stream == Stream::workload || stream == Stream::program || stream == Stream::pool;
}

}  // namespace

// ---- writing ----

bool Scribe::Turn::is_clock() const { return explore::is_clock(chosen); }

std::size_t Scribe::next(std::span<const Candidate> candidates) {
  const std::size_t choice = decides_.next(candidates);
  const auto& steps = where_.steps();
  turns_.push_back({.order = made_++,
                    .step = steps.size(),
                    .plainest = candidates.front(),
                    .chosen = candidates[choice],
                    .could_go_on = !steps.empty() && candidates.front().task == steps.back().task,
                    .choice = static_cast<std::uint8_t>(choice),
                    .tasks = static_cast<std::uint8_t>(
                        candidates.size() - (explore::is_clock(candidates.back()) ? 1 : 0))});
  tape_.of(Stream::schedule).push_back(static_cast<std::uint8_t>(choice));
  return choice;
}

void Scribe::write(Stream stream, std::uint8_t rarity, std::uint32_t value, std::uint32_t count) {
  asked_.push_back({made_++, where_.steps().size(), current_place(where_), stream, rarity,
                    static_cast<std::uint8_t>(value), static_cast<std::uint8_t>(count - 1)});
  tape_.of(stream).push_back(static_cast<std::uint8_t>(value));
}

std::uint32_t Scribe::choose(Stream stream, std::uint32_t count) {
  const std::uint32_t choice = decides_.choose(stream, count);
  write(stream, kNotRare, choice, count);
  return choice;
}

bool Scribe::happens(Stream stream, world::Rarity kind) {
  const bool choice = decides_.happens(stream, kind);
  write(stream, static_cast<std::uint8_t>(kind), choice ? 1 : 0, 2);
  return choice;
}

Script Scribe::script(std::size_t steps, std::span<const Place> places) const {
  Script script;
  const auto& trace = where_.steps();
  const std::size_t end = std::min(steps, trace.size());
  script.lines.reserve(end);
  auto turn = turns_.begin();
  for (std::size_t i = 0; i <= end; ++i) {
    for (; turn != turns_.end() && turn->step <= i; ++turn) {
      if (turn->is_clock() && i < end) {
        script.lines.push_back({{kClock, 0}, OperationKind::clock});
      }
    }
    if (i < end) script.lines.push_back({places[i], trace[i].kind});
  }
  for (auto each = asked_.begin(); each != asked_.end(); ++each) {
    if (each->value == 0 || each->step > end || comes_before_the_run(each->stream)) continue;
    const auto same = [&](const Asked& other) {
      return other.place == each->place && other.stream == each->stream &&
             other.rarity == each->rarity;
    };
    script.whims.push_back({each->place, each->stream, each->rarity, each->value,
                            static_cast<std::uint32_t>(std::count_if(asked_.begin(), each, same))});
  }
  return script;
}

// ---- playing ----

Actors::Actors(const Script& script, const Tape& tape, const Whereabouts& where,
               std::uint64_t astray)
    : tape_(tape),
      where_(where),
      whims_(script.whims),
      met_(script.whims.size()),
      random_(astray),
      astray_(astray != 0) {
  for (std::uint32_t i = 0; i < script.lines.size(); ++i) {
    const Line& line = script.lines[i];
    Role* role = role_of(line.place.actor);
    if (role == nullptr) {
      roles_.push_back({line.place.actor, {}});
      role = &roles_.back();
    }
    role->cues.push_back({i, line.place.part, line.kind});
  }
}

Actors::Role* Actors::role_of(std::uint16_t actor) {
  const auto found = std::find_if(roles_.begin(), roles_.end(),
                                  [&](const Role& each) { return each.actor == actor; });
  return found == roles_.end() ? nullptr : &*found;
}

// The cue of a step of that kind; if there is none, the end.
std::size_t Actors::find(const Role& role, std::uint16_t part, OperationKind kind) const {
  std::size_t looked = 0;
  for (std::size_t i = role.at; i < role.cues.size() && looked < kLookAhead; ++i) {
    if (role.cues[i].part > part) break;
    if (role.cues[i].part < part) continue;
    if (role.cues[i].kind == kind) return i;
    ++looked;
  }
  return role.cues.size();
}

// Steps that nobody was asked about have been made too.
void Actors::catch_up() {
  const auto& steps = where_.steps();
  for (; seen_ < steps.size(); ++seen_) {
    const Place place = where_.place_of(steps[seen_].task);
    Role* const role = role_of(place.actor);
    if (role == nullptr) continue;
    // It may have begun its next part since.
    const int earlier = std::max(0, place.part - 1);
    for (int part = earlier; part <= place.part; ++part) {
      const std::size_t found = find(*role, static_cast<std::uint16_t>(part), steps[seen_].kind);
      if (found == role->cues.size()) continue;
      role->at = found + 1;
      break;
    }
  }
}

std::uint32_t Actors::turn_of(const Candidate& candidate) {
  if (is_clock(candidate)) {
    const Role* const clock = role_of(kClock);
    return clock == nullptr || clock->at == clock->cues.size() ? kNever
                                                               : clock->cues[clock->at].line;
  }
  const Place place = where_.place_of(candidate.task);
  Role* const role = role_of(place.actor);
  if (role == nullptr) return kNever;
  const std::size_t found = find(*role, place.part, candidate.pending.kind);
  if (found < role->cues.size()) return role->cues[found].line;
  while (role->at < role->cues.size() && role->cues[role->at].part < place.part) ++role->at;
  return role->at < role->cues.size() ? role->cues[role->at].line : kNever;
}

std::size_t Actors::next(std::span<const Candidate> candidates) {
  catch_up();
  if (astray_ && random_.once_in(kAstrayPeriod)) {
    return random_.below(static_cast<std::uint32_t>(candidates.size()));
  }
  std::size_t first = 0;
  std::uint32_t earliest = kNever;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const std::uint32_t turn = turn_of(candidates[i]);
    if (turn >= earliest) continue;
    earliest = turn;
    first = i;
  }
  if (is_clock(candidates[first])) ++role_of(kClock)->at;
  return first;
}

std::uint32_t Actors::whim(Stream stream, std::uint8_t rarity, std::uint32_t count) {
  if (whims_.empty()) return 0;
  const Place place = current_place(where_);
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < whims_.size(); ++i) {
    const Whim& each = whims_[i];
    if (each.stream != stream || each.rarity != rarity || each.place != place) continue;
    if (met_[i]++ == each.nth) value = each.value;
  }
  return value < count ? value : 0;
}

std::uint32_t Actors::choose(Stream stream, std::uint32_t count) {
  if (!comes_before_the_run(stream)) return whim(stream, kNotRare, count);
  const auto& numbers = tape_.of(stream);
  const std::size_t at = at_[static_cast<std::size_t>(stream)]++;
  return at < numbers.size() && numbers[at] < count ? numbers[at] : 0;
}

bool Actors::happens(Stream stream, world::Rarity kind) {
  return whim(stream, static_cast<std::uint8_t>(kind), 2) != 0;
}

}  // namespace poolproof::explore
