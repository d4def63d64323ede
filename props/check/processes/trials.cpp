// Minimising a run that kills its process: a process for each candidate.
#include <unistd.h>

#include <utility>

#include "props/check/processes/message.hpp"
#include "props/check/processes/shared.hpp"
#include "props/check/processes/watch.hpp"
#include "props/check/processes/worker.hpp"
#include "props/explore/tape.hpp"

namespace poolproof::check {
namespace {

using explore::Tape;
using scenario::Bounds;
using namespace std::chrono_literals;

// Some seconds. A trial that hangs takes as long as hundreds of others.
constexpr int kMostTrials = 2000;
constexpr int kCostOfHanging = 400;
constexpr auto kLong = 50ms;

class Trials {
 public:
  Trials(const Job& job, model::LawId law) : job_(job), law_(law) {
    // OS threads do not outlive a fork: such a runner is made anew for each trial.
    if (job.options.carrier == world::CarrierKind::fiber) runner_ = guarded_runner(job);
  }

  bool still_breaks(const Bounds& bounds, const Tape& tape) {
    if (left_ <= 0 || job_.board.stop) return false;
    slate_->clear();
    Child child([&](const Outbox&) { try_it(bounds, tape); });
    const bool hung = hangs(child);
    left_ -= hung || child.thinking() > kLong ? kCostOfHanging : 1;
    // No answer: it died.
    return slate_->answer() == Answer::none ? law_ == model::LawId::crash
                                            : slate_->answer() == Answer::breaks;
  }

 private:
  // In the child.
  void try_it(const Bounds& bounds, const Tape& tape) {
    if (runner_ == nullptr) {
      runner_ = guarded_runner(
          {job_.accused, job_.options, job_.board, *slate_, job_.cold, job_.slow}, limits());
    } else {
      stand_guard(*slate_, limits());
    }
    explore::Plainest plainest;
    explore::Replay choices(tape, plainest);
    slate_->begin(Stage::running);
    const RunResult& run = runner_->run(bounds, choices);
    slate_->answer(breaks(run, law_) ? Answer::breaks : Answer::keeps);
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
  const auto still_breaks = [&](const Bounds& bounds, const Tape& tape) {
    return trials.still_breaks(bounds, tape);
  };
  const Case found{job.options.bounds, incident.tape};
  if (!still_breaks(found.bounds, found.tape)) return;
  out.send(message_of(minimised(found, still_breaks)));
}

}  // namespace poolproof::check
