#include "props/scenario/troubles.hpp"

#include <fmt/format.h>

#include "props/scenario/duration.hpp"

namespace poolproof::scenario {
namespace {

using namespace std::chrono_literals;
using world::FaultKind;
using world::Stream;

// Of some runs, so that what is rare does not thin out what is common.
constexpr std::array<bool, 5> kAmbushed{false, false, false, false, true};
constexpr std::array<bool, 12> kStormy{false, false, false, false, false, false,
                                       false, false, false, false, false, true};
constexpr int kMostAmbushes = 2;

constexpr std::uint32_t kMostTimes = 8;
constexpr std::uint32_t kMostVictims = 4;
constexpr std::array<world::Duration, 4> kBegins{0ms, 10ms, 20ms, 40ms};
constexpr std::array<world::Duration, 4> kLasts{10ms, 20ms, 50ms, 200ms};

constexpr std::array kStormKinds{
    FaultKind::kill_storm,       FaultKind::refusal_storm, FaultKind::full_storm,
    FaultKind::slow_login_storm, FaultKind::restart_storm,
};

constexpr std::uint32_t kMostKinds = 60;  // of which each is as likely: 2, 3, 4, 5 and 6 divide it

// Those of a list that are allowed.
class Kinds {
 public:
  template <std::size_t size>
  Kinds(const std::array<FaultKind, size>& kinds, const world::FaultSet& allowed) {
    static_assert(size <= kMost);
    for (const FaultKind kind : kinds) {
      if (allowed[static_cast<std::size_t>(kind)]) kinds_[size_++] = kind;
    }
  }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] FaultKind at(std::size_t number) const { return kinds_[number % size_]; }

 private:
  static constexpr std::size_t kMost = 16;
  std::array<FaultKind, kMost> kinds_{};
  std::size_t size_ = 0;
};

template <class Values>
auto one_of(const Values& values, world::Chooser& chooser) {
  return values[chooser.choose(Stream::faults, static_cast<std::uint32_t>(values.size()))];
}

// The same choices whether it is there or not: what follows on the tape stays where it is.
void draw_ambush(const Kinds& kinds, world::Chooser& chooser, std::vector<Ambush>& ambushes) {
  const bool there = one_of(kAmbushed, chooser) && !kinds.empty();
  Ambush ambush{};
  ambush.moment = static_cast<Moment>(chooser.choose(Stream::faults, kMoments));
  const std::uint32_t kind = chooser.choose(Stream::faults, kMostKinds);
  ambush.nth = 1 + static_cast<int>(chooser.choose(Stream::faults, kMostTimes));
  ambush.whom = chooser.choose(Stream::faults, kMostVictims);
  if (!there) return;
  ambush.fault = kinds.at(kind);
  ambushes.push_back(ambush);
}

void draw_storm(const Kinds& kinds, world::Chooser& chooser, std::vector<Storm>& storms) {
  const bool there = one_of(kStormy, chooser) && !kinds.empty();
  const std::uint32_t kind = chooser.choose(Stream::faults, kMostKinds);
  Storm storm{};
  storm.begins = one_of(kBegins, chooser);
  storm.lasts = one_of(kLasts, chooser);
  if (!there) return;
  storm.kind = kinds.at(kind);
  storms.push_back(storm);
}

}  // namespace

std::string_view text(Moment moment) {
  switch (moment) {
    case Moment::waiter_woken: return "as a waiter is woken";
    case Moment::deadline_come: return "as a waiter's deadline comes";
    case Moment::connecting: return "as a connection is accepted";
    case Moment::let_in: return "as a start-up is answered";
    case Moment::about_to_use: return "as a connection is about to be used";
    case Moment::answered: return "as a query is answered";
    case Moment::lease_begun: return "as a lease begins";
    case Moment::lease_ending: return "as a release begins";
    case Moment::lease_ended: return "as a release ends";
    case Moment::retiring: return "as a dispose or close begins";
  }
  return "?";
}

Troubles draw_troubles(const world::FaultSet& allowed, world::Chooser& chooser) {
  Troubles troubles;
  if (allowed.none()) return troubles;
  const Kinds ambushers(kAmbushers, allowed);
  for (int i = 0; i < kMostAmbushes; ++i) draw_ambush(ambushers, chooser, troubles.ambushes);
  draw_storm(Kinds(kStormKinds, allowed), chooser, troubles.storms);
  return troubles;
}

std::string to_text(const Troubles& troubles) {
  std::string text;
  for (const Ambush& each : troubles.ambushes) {
    const std::string when = each.nth == 1 ? "" : fmt::format(" for time {}", each.nth);
    text += fmt::format("ambush: {} {}{}\n", world::name(each.fault), scenario::text(each.moment),
                        when);
  }
  for (const Storm& each : troubles.storms) {
    text += fmt::format("storm: {} at {} for {}\n", world::name(each.kind), to_text(each.begins),
                        to_text(each.lasts));
  }
  return text;
}

}  // namespace poolproof::scenario
