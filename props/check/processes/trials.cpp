// Minimising a run that kills its process: a process for each candidate.
#include <unistd.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "props/check/player.hpp"
#include "props/check/processes/message.hpp"
#include "props/check/processes/shared.hpp"
#include "props/check/processes/watch.hpp"
#include "props/check/processes/worker.hpp"
#include "props/check/program.hpp"

namespace poolproof::check {
namespace {

using namespace std::chrono_literals;

// Some seconds. A trial that hangs takes as long as hundreds of others.
constexpr int kMostTrials = 1000;
constexpr int kCostOfHanging = 200;
constexpr auto kLong = 50ms;

// Of a run of which no more is known than its choices.
Size size_of(const scenario::Bounds& bounds, const explore::Tape& tape) {
  const Program program = program_in(bounds, tape);
  Size size{.loans = program.loans(), .callers = program.callers.size()};
  size.faults = static_cast<std::size_t>(
      std::count_if(tape.of(world::Stream::faults).begin(), tape.of(world::Stream::faults).end(),
                    [](std::uint8_t number) { return number != 0; }));
  size.deviations = tape.deviations();
  for (const auto& stream : tape.streams) {
    size.numbers = std::accumulate(stream.begin(), stream.end(), size.numbers);
    size.length += stream.size();
  }
  return size;
}

class Trials {
 public:
  Trials(const Job& job, model::LawId law) : job_(job), law_(law) {
    // OS threads do not outlive a fork: such a runner is made anew for each trial.
    if (job.options.carrier == world::CarrierKind::fiber) runner_ = guarded_runner(job);
  }

  std::optional<Played> play(const Trial& trial) {
    // A process costs as much as dozens of runs: what is only a guess is not worth one.
    const bool is_guess = trial.walk || trial.astray != 0;
    if (is_guess || left_ <= 0 || job_.board.stop) return std::nullopt;
    slate_->clear();
    Child child([&](const Outbox& out) { try_it(trial, out); });
    const bool hung = hangs(child);
    left_ -= hung || child.thinking() > kLong ? kCostOfHanging : 1;
    if (slate_->answer() == Answer::keeps) return std::nullopt;
    const auto messages = child.messages();
    if (!messages.empty()) return messages[0].get<Played>();
    // No answer: it died.
    if (law_ != model::LawId::crash) return std::nullopt;
    Played played{.tape = slate_->tape()};
    played.tape.trim();
    played.size = size_of(job_.options.bounds, played.tape);
    return played;
  }

 private:
  // In the child.
  void try_it(const Trial& trial, const Outbox& out) {
    if (runner_ == nullptr) {
      runner_ = guarded_runner(
          {job_.accused, job_.options, job_.board, *slate_, job_.cold, job_.slow}, limits());
    } else {
      stand_guard(*slate_, limits());
    }
    const auto played = check::play(*runner_, *slate_, job_.options.bounds, law_, trial);
    if (played) out.send(*played);
    slate_->answer(played ? Answer::breaks : Answer::keeps);
    _exit(0);
  }

  [[nodiscard]] const Limits& limits() const { return job_.slow ? kLimitsAgain : kLimits; }

  // Waits for its end; whether it had to be brought about.
  bool hangs(Child& child) {
    Watch watch(job_.slow ? kMostSleepingAgain : kMostSleeping);
    bool hung = false;
    while (!child.ended()) {
      job_.slate.begin(Stage::between);  // alive, although it sleeps
      if (wait_for({&child}, 20ms) || child.ended() || !watch.hangs(child, *slate_)) continue;
      hung = true;
      child.kill();
    }
    return hung;
  }

  const Job& job_;
  const model::LawId law_;
  Shared<Slate> slate_;
  std::unique_ptr<Runner> runner_;
  int left_ = kMostTrials;
};

}  // namespace

void minimise_by_trials(const Job& job, const Incident& incident, const Outbox& out) {
  Trials trials(job, incident.law);
  if (!trials.play({.tape = incident.tape})) return;
  const Play play = [&](const Trial& trial) { return trials.play(trial); };
  out.send(message_of(minimised({job.options.bounds, incident.tape}, play)));
}

}  // namespace poolproof::check
