// One schedule: one scenario on one pool in one machine, watched and judged.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "props/check/accused.hpp"
#include "props/check/ledger.hpp"
#include "props/check/oracle.hpp"
#include "props/check/rare_paths.hpp"
#include "props/check/standing.hpp"
#include "props/check/troublemaker.hpp"
#include "props/explore/script.hpp"
#include "props/scenario/scenario.hpp"
#include "props/world/machine.hpp"
#include "props/world/order.hpp"

namespace poolproof::check {

using Laws = std::set<model::LawId>;

// Those that a run can be judged by.
const Laws& judged_laws();
// Those that are demanded unless the user says otherwise: of a foreign pool all but FAIR, which few
// pools promise; RACE only of one that tells of its accesses.
Laws default_laws(const Accused& accused);

// Valid until the runner's next run.
struct RunResult {
  world::Ending ending;
  std::string refusal;                // when the accused used what the machine does not model
  std::vector<Violation> violations;  // at most one for each law, in order of time
  std::vector<Observation> observations;
  scenario::Scenario scenario;
  std::array<std::uint32_t, world::kFaultKinds> faults{};
  std::uint64_t hash = 0;
  std::uint64_t steps = 0;
  std::uint64_t switches = 0;
  std::uint64_t order = 0;                   // its happens-before class: see world::Order
  std::vector<world::MeetingCode> features;  // who met whom in which order, without duplicates
  std::vector<StandingCode> standings;       // up to the probe, each time that nothing moved
  RarePaths rare_paths;
};

// Whether that law is among those that the run broke.
bool breaks(const RunResult& run, model::LawId law);

struct RunnerOptions {
  Laws laws = judged_laws();
  world::CarrierKind carrier = world::CarrierKind::fiber;
  // A warm runner runs a few schedules at once, and forgets them: what code does once in a process
  // (libpq prepares its messages when it has its first) must not make the first run differ from the
  // others. A cold one is for an accused that does not live through that.
  bool warm = true;
  scenario::Bounds bounds{};  // of those schedules
};

// Kept for many runs. Not for two threads at once.
class Runner : private world::Observer, public explore::Whereabouts {
 public:
  explicit Runner(const Accused& accused, const RunnerOptions& options = {});

  // The scenario is drawn from `chooser` too: the run is a function of the bounds and the choices.
  const RunResult& run(const scenario::Bounds& bounds, world::Chooser& chooser);

  // The same, with a scenario of one's own.
  const RunResult& run(scenario::Scenario scenario, world::Chooser& chooser);

  // Of the last run.
  [[nodiscard]] const std::vector<world::Step>& trace() const { return machine_.scheduler.trace(); }
  // For who explores all runs: the scheduler beneath, what of the machine lasts from run to run,
  // and who must hear of the steps, in place of whom `steps` does from the next run on.
  [[nodiscard]] world::Scheduler& scheduler() { return machine_.scheduler; }
  [[nodiscard]] std::span<const std::byte> lasting() const {
    return std::as_bytes(std::span(&machine_, 1));
  }
  [[nodiscard]] world::StepObserver& listener() { return order_; }
  void tell_steps_to(world::StepObserver& steps) { machine_.scheduler.set_step_observer(&steps); }
  // Those of the runs to come: see Scheduler.
  void watch(std::optional<std::size_t> step) { machine_.scheduler.watch(step); }
  // Of the runs to come it is also seen who sleeps in the pool and who is woken, for them to be
  // told. What is judged stays the same, and so does what happens.
  void observe_waits(bool on) { observes_waits_ = on; }
  // The functions on the stack of the watched step, the pool's own and what they called.
  [[nodiscard]] std::vector<std::string> watched_stack() const;
  // Callers by their number, with their loan as the part; the probe is the root's.
  [[nodiscard]] explore::Place place_of(world::TaskId task) const override;
  // None while the scenario is drawn.
  [[nodiscard]] const std::vector<world::Step>& steps() const override {
    return drawing_ ? no_steps_ : trace();
  }
  // Where each of them was made.
  [[nodiscard]] std::vector<explore::Place> places() const;
  // How reports call a task of it: caller 2, or thread 5.
  [[nodiscard]] std::string name(world::TaskId task) const;

 private:
  void quiet(Time from, Time to) override;
  bool standstill() override;
  void slept(world::TaskId task, const void* where) override;
  void woken(world::TaskId task) override;
  void timed_out(world::TaskId task) override;
  void signalled_nobody(const void* where) override;
  void opened(SessionId session) override;
  void ended(SessionId session, EndedBy by) override;
  void used(SessionId session) override;
  void answered(SessionId session, world::Phase phase) override;
  void queried(SessionId session, std::string_view sql, const SessionState& before) override;
  void started(SessionId session) override;
  void cancel_requested(SessionId asking, SessionId target) override;
  void cancelled(SessionId asking, SessionId target, bool hit) override;
  void struck(world::FaultKind fault, world::Place place) override;
  void raced(const world::Race& race) override;

  void warm_up(const scenario::Bounds& bounds);
  void see(Observation observation);
  void note_standing();
  void reached(const Observation& observation);
  void reached(scenario::Moment moment);
  void heal();
  [[nodiscard]] CallerId caller_in_call() const;
  [[nodiscard]] PoolCall call_of(CallerId caller) const;
  [[nodiscard]] CallerId principal() const;
  [[nodiscard]] CallerId inside_pool(world::TaskId task) const;
  [[nodiscard]] bool tells_something(CallerId id, SessionId session) const;
  void stop_if_shared();
  [[nodiscard]] bool destroyed() const;
  [[nodiscard]] std::string who_goes_in_circles() const;
  [[nodiscard]] std::string who_waits() const;
  void judge_outliving(std::string_view how);
  void judge_ending();

  // play.cpp
  void root();
  // The task that cancels what runs on a lease; none if there is no canceller.
  struct Cancelling {
    void* canceller = nullptr;
    world::TaskId task{};
  };
  void caller(CallerId id);
  void open_pool();
  void do_chore(CallerId id, const scenario::Loan& loan);
  void remark(void* lease, CallerId id, scenario::Remark remark);
  void probe();
  void probe_upkeep();
  void probe_each_in_its_task(int wanted, std::vector<std::pair<CallerId, void*>>& leases);
  bool acquire_working(world::TaskId me, std::pair<CallerId, void*>& lease);
  void probe_closed();
  bool acquire(CallerId id, std::optional<Duration> timeout, void*& lease);
  bool acquire_cancellable(CallerId id, const scenario::Loan& loan, void*& lease);
  bool acquire_by(CallerId id, std::optional<Duration> timeout, const std::function<int()>& call);
  void use(void* lease, CallerId id, const scenario::Loan& loan, Cancelling& cancelling);
  void use_cancelled(void* lease, CallerId id, const scenario::Loan& loan, Cancelling& cancelling);
  void end_cancelling(const Cancelling& cancelling);
  bool acquire_again(void*& lease, CallerId id, const scenario::Loan& loan);
  void give_one_back(void* lease, CallerId id);
  bool query(void* lease, CallerId id, const char* sql);
  bool send(void* lease, CallerId id, int (*operation)(void*, void*, const char*), const char* sql);
  void release(void* lease, CallerId id);

  const Accused accused_;
  const Laws laws_;
  world::Machine machine_;
  world::Order order_;
  Ledger ledger_{machine_.scheduler};
  PathFinder paths_;
  Troublemaker troublemaker_{machine_};
  std::vector<std::unique_ptr<Oracle>> oracles_;
  Report report_;
  RunResult result_;
  void* pool_ = nullptr;
  bool healed_ = false;
  bool drawing_ = false;
  const std::vector<world::Step> no_steps_;
  bool destroying_ = false;  // the pool's destroy is called and has not returned
  bool observes_waits_ = false;
  std::vector<std::pair<const void*, CallerId>> sleepers_;  // who slept there last
};

}  // namespace poolproof::check
