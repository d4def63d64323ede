#include "props/check/processes/retrial.hpp"

#include <fmt/format.h>
#include <sys/wait.h>

#include <stdexcept>
#include <utility>

#include "props/check/processes/message.hpp"
#include "props/check/processes/watch.hpp"

namespace poolproof::check {
namespace {

using namespace std::chrono_literals;

constexpr auto kPeriod = 50ms;
constexpr int kMostErrands = 5;

// Who does what, by the choices alone: for a run of which no more is known.
Story plan_of(const Case& played) {
  explore::Plainest plainest;
  explore::Replay choices(played.tape, plainest);
  return {.plan = scenario::to_text(scenario::draw(played.bounds, choices))};
}

}  // namespace

// ---- children ----

// Again if it was killed by somebody else, or does not live through the warm-up.
Retrial::Errand Retrial::send(const Work& work) {
  for (int i = 0; i < kMostErrands; ++i) {
    if (auto errand = send_once(work)) return *std::move(errand);
  }
  throw std::runtime_error("the processes that run the pool are killed again and again");
}

std::optional<Retrial::Errand> Retrial::send_once(const Work& work) {
  const Shared<Slate> slate;
  Child child([&](const Outbox& out) {
    work({accused_, options_, *board_, *slate, cold_, slow_}, out);
  });
  Watch watch(slow_ ? kMostSleepingAgain : kMostSleeping);
  std::optional<std::string> hung;
  Errand errand;
  while (!child.ended()) {
    wait_for({&child}, kPeriod);
    for (auto& message : child.messages()) errand.messages.push_back(std::move(message));
    if (!goes_on_(tried_ + slate->beats())) board_->stop = true;
    if (hung || child.ended()) continue;
    hung = watch.hangs(child, *slate);
    if (hung) child.kill();
  }
  for (auto& message : child.messages()) errand.messages.push_back(std::move(message));
  tried_ += slate->beats();
  const int status = *child.ended();
  if (!hung && killed_from_outside(status, *slate)) return std::nullopt;
  if (!slate->is_ready() && !std::exchange(cold_, true)) return std::nullopt;
  if (hung || status != 0 || slate->stage() != Stage::between) {
    errand.death = cause_of_death(status, *slate, child, hung);
  }
  errand.tape = slate->tape();
  return errand;
}

// ---- what they are sent for ----

std::optional<Finding> Retrial::investigate(const Incident& incident) {
  slow_ = incident.slow;
  const Case found{options_.bounds, incident.tape};
  if (incident.hash && !incident.wounded) {
    const Errand errand =
        send([&](const Job& job, const Outbox& out) { minimise_at_once(job, incident, out); });
    if (!errand.messages.empty() && !cold_) {
      const auto hash = errand.messages[0].get<Telling>().hash;
      if (hash && hash != incident.hash) return std::nullopt;
    }
    if (errand.messages.size() == 2) {
      return finding(errand.messages[1][1].get<Telling>(), case_in(errand.messages[1][0]).bounds,
                     incident.schedule);
    }
  }
  const Errand errand =
      send([&](const Job& job, const Outbox& out) { minimise_by_trials(job, incident, out); });
  std::vector<Case> cases;
  if (!errand.messages.empty()) cases.push_back(case_in(errand.messages[0]));
  cases.push_back(found);
  for (const Case& each : cases) {
    Telling telling = tell(each);
    if (!breaks(telling, incident.law)) continue;
    return finding(std::move(telling), each.bounds, incident.schedule);
  }
  return std::nullopt;
}

Telling Retrial::tell(const Case& played) {
  Errand errand = send([&](const Job& job, const Outbox& out) { tell_case(job, played, out); });
  if (!errand.messages.empty()) return errand.messages[0].get<Telling>();
  return obituary(played, std::move(errand));
}

ReplayResult Retrial::replay(const explore::Token& token) {
  const Case played{token.bounds, token.tape};
  Errand errand = send([&](const Job& job, const Outbox& out) { tell_twice(job, played, out); });
  if (errand.messages.empty()) return replayed(obituary(played, std::move(errand)), token);
  auto first = errand.messages[0].get<Telling>();
  if (errand.messages.size() < 2) return replayed(std::move(first), token);
  const auto second = errand.messages[1].get<Telling>();
  const auto step = first_differing_step(first.trace, second.trace);
  ReplayResult result = replayed(std::move(first), token);
  if (step) {
    result.nondeterministic = fmt::format(
        "the schedule took other steps when it was run again: step {} was {}, and then {}. The "
        "pool depends on something that is not simulated",
        *step + 1, step_text(result.trace, *step), step_text(second.trace, *step));
  }
  return result;
}

// The process took with it what it had seen. Another one plays the same choices and stops before
// the last.
Telling Retrial::obituary(const Case& played, Errand errand) {
  if (!errand.death) throw std::runtime_error("a process that plays a schedule says nothing");
  const Case until_death{played.bounds, std::move(errand.tape)};
  const Errand beginning =
      send([&](const Job& job, const Outbox& out) { tell_beginning(job, until_death, out); });
  Telling telling{.story = plan_of(until_death)};
  if (!beginning.messages.empty()) telling = beginning.messages[0].get<Telling>();
  conclude(telling.story, *errand.death);
  telling.violations.push_back(
      {model::LawId::crash, telling.last, *std::move(errand.death), std::size_t{0}});
  telling.tape = until_death.tape;
  telling.tape.trim();
  telling.hash.reset();
  telling.order.reset();
  return telling;
}

}  // namespace poolproof::check
