#include "props/check/processes/crew.hpp"

#include <fmt/format.h>
#include <sched.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <stdexcept>
#include <utility>

#include "props/check/processes/message.hpp"
#include "props/check/processes/retrial.hpp"
#include "props/check/processes/shared.hpp"
#include "props/check/processes/watch.hpp"
#include "props/check/processes/worker.hpp"

namespace poolproof::check {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto kPeriod = 50ms;
// Workers that were killed by somebody else one after the other, before any has done a batch.
constexpr int kMostLosses = 5;

std::uint64_t batch_of(std::uint64_t schedule) { return schedule / kBatch; }

class Crew {
 public:
  Crew(const Accused& accused, const SearchOptions& options, int jobs, const Progress& progress,
       const Notice& notice, const Progress& shrinking)
      : accused_(accused),
        options_(options),
        jobs_(static_cast<std::size_t>(jobs)),
        progress_(progress),
        notice_(notice),
        shrinking_(shrinking) {
    board_->end = options.schedules;
    board_->released = explore::kFirstGuided;
  }

  SearchResult run() {
    work();
    close_books();
    if (incident_) {
      conclude();
    } else if (result_.schedules > 0 && !interrupted_ && losses_ < kMostLosses) {
      result_.verdict = Verdict::held;
    }
    result_.seconds = std::chrono::duration<double>(Clock::now() - start_).count();
    return std::move(result_);
  }

 private:
  struct Worker {
    Shared<Slate> slate;
    Child child;
    bool cold;
    Watch watch{};
    std::optional<std::string> hung{};
  };

  struct Batch {
    Coverage coverage;
    explore::Harvest harvest;
  };

  // ---- the work ----

  void work() {
    while (hire() || !workers_.empty()) {
      std::vector<const Child*> children;
      for (const Worker& worker : workers_) children.push_back(&worker.child);
      wait_for(children, kPeriod);
      std::erase_if(workers_, [this](Worker& worker) { return !attend(worker); });
      watch();
      if (!goes_on() || (options_.patience && Clock::now() - start_ >= *options_.patience)) {
        board_->stop = true;
      }
    }
  }

  bool goes_on() {
    interrupted_ |= !progress_(done_);
    return !interrupted_;
  }

  // Until there are enough for what is left to do. False if none was needed.
  bool hire() {
    bool any = false;
    while (workers_.size() < jobs_ && losses_ < kMostLosses && !board_->stop &&
           (board_->batches + workers_.size()) * kBatch < board_->end) {
      workers_.push_back(worker_on(*board_));
      any = true;
    }
    return any;
  }

  Worker worker_on(Board& board) {
    Shared<Slate> slate;
    Child child([&](const Outbox& out) {
      search_batches({accused_, options_, board, *slate, cold_, false}, board, out);
    });
    return {std::move(slate), std::move(child), cold_};
  }

  // False when it has ended.
  bool attend(Worker& worker) {
    const auto status = worker.child.ended();
    for (const auto& message : worker.child.messages()) take(message);
    if (status) bury(worker, *status);
    return !status;
  }

  void take(const nlohmann::json& message) {
    losses_ = 0;
    Batch& batch = batches_[message[0].get<std::uint64_t>()] = {message[1].get<Coverage>(),
                                                                harvest_in(message[3])};
    done_ += batch.coverage.runs;
    if (!message[2].is_null()) found(message[2].get<Incident>());
    keep_books();
  }

  void found(Incident incident) {
    board_->end_at(incident.schedule);
    if (!incident_ || incident.schedule < incident_->schedule) incident_ = std::move(incident);
  }

  void watch() {
    if (Clock::now() < next_watch_) return;
    next_watch_ = Clock::now() + kPeriod;
    for (Worker& worker : workers_) {
      if (worker.hung) continue;
      worker.hung = worker.watch.hangs(worker.child, *worker.slate);
      if (worker.hung) worker.child.kill();
    }
  }

  // ---- workers that have ended ----

  void bury(const Worker& worker, int status) {
    const Slate& slate = *worker.slate;
    if (!worker.hung && killed_from_outside(status, slate)) return count_loss(slate, status);
    if (!slate.is_ready() && !worker.cold) {
      cold_ = true;
      return;
    }
    if (!worker.hung && status == 0 && slate.stage() == Stage::between) return;
    // Between two schedules too: the one before may have corrupted what the process lives on.
    if (!slate.is_ready()) {
      throw std::runtime_error("a worker process cannot begin: " +
                               cause_of_death(status, slate, worker.child, worker.hung));
    }
    const std::uint64_t seed = explore::run_seed(options_.seed, slate.schedule());
    found({.schedule = slate.schedule(),
           .seed = seed,
           .strategy = explore::strategy_of(seed, options_.strategy, guide_),
           .tape = slate.tape(),
           .slow = worker.hung.has_value(),
           .detail = cause_of_death(status, slate, worker.child, worker.hung)});
  }

  void count_loss(const Slate& slate, int status) {
    ++losses_;
    if (!goes_on()) return;  // whoever ended this process may have ended them all
    const std::string who =
        fmt::format("a worker process was killed by signal {}", WTERMSIG(status));
    const auto batch = slate.batch();
    const std::uint64_t first = batch.value_or(0) * kBatch;
    if (!batch || *batch < counted_ || batches_.count(*batch) > 0 || first >= options_.schedules) {
      return notice_(who);
    }
    const std::uint64_t end = std::min(first + kBatch, options_.schedules);
    result_.lost += end - first;
    batches_[*batch];
    notice_(fmt::format("{} in schedules {} to {}, which are not counted", who, first + 1, end));
    keep_books();
  }

  // ---- the books ----

  // Batches are counted in order, up to that of the incident, so that what is counted does not
  // depend on who was faster.
  void keep_books() {
    while (!batches_.empty() && batches_.begin()->first == counted_) {
      count_next();
      if (counted_ * kBatch == board_->released && !incident_) guide_next();
    }
  }

  // All that the next schedules wait for has been counted.
  void guide_next() {
    guide_.turn();
    board_->release(guide_, 2 * board_->released);
  }

  void count_next() {
    Batch& batch = batches_.begin()->second;
    if (!incident_ || batches_.begin()->first <= batch_of(incident_->schedule)) {
      result_.coverage.add(batch.coverage);
      guide_.add(std::move(batch.harvest));
    }
    counted_ = batches_.begin()->first + 1;
    batches_.erase(batches_.begin());
  }

  // What is left over was cut short by time, or is not wanted any more.
  void close_books() {
    while (!batches_.empty()) count_next();
    if (incident_ && incident_->verdict == Verdict::broken && !incident_->hash) count_last_batch();
    result_.schedules = result_.coverage.runs;
    result_.strategies = guide_.tallies();
  }

  // A worker that died had not told what it had done before of its last batch. Another does it
  // again.
  void count_last_batch() {
    const Shared<Board> board;
    board->batches = batch_of(incident_->schedule);
    board->end = incident_->schedule;
    board->release(board_->present_guide(), board_->released);
    Worker worker = worker_on(*board);
    while (!worker.child.ended()) {
      wait_for({&worker.child}, kPeriod);
      if (!goes_on() || worker.watch.hangs(worker.child, *worker.slate)) worker.child.kill();
    }
    for (const auto& message : worker.child.messages()) {
      result_.coverage.add(message[1].get<Coverage>());
      guide_.add(harvest_in(message[3]));
    }
    ++result_.coverage.runs;
  }

  // ---- the end ----

  void conclude() {
    result_.verdict = incident_->verdict;
    result_.detail = incident_->detail;
    result_.stacks = incident_->stacks;
    result_.incident = incident_;
    if (incident_->verdict != Verdict::broken || !options_.shrinks) return;
    const Clock::time_point found = Clock::now();
    Retrial retrial(
        accused_, options_,
        [this](std::uint64_t tried) {
          if (!shrinking_) return goes_on();
          interrupted_ |= !shrinking_(tried);
          return !interrupted_;
        },
        cold_);
    result_.finding = retrial.investigate(*incident_);
    result_.shrinking_seconds = std::chrono::duration<double>(Clock::now() - found).count();
    if (result_.finding) {
      result_.finding->strategy = incident_->strategy;
      result_.detail.clear();
      return;
    }
    result_.verdict = Verdict::nondeterministic;
    result_.detail = fmt::format(
        "schedule {} of seed {} went otherwise when it was run again in a fresh process: the pool "
        "depends on something that is not simulated, or an earlier schedule has corrupted its "
        "memory{}{}",
        incident_->schedule + 1, options_.seed,
        incident_->detail.empty() ? "" : "; it had ended so: ", incident_->detail);
  }

  const Accused& accused_;
  const SearchOptions& options_;
  const std::size_t jobs_;
  const Progress& progress_;
  const Notice& notice_;
  const Progress& shrinking_;
  const Clock::time_point start_ = Clock::now();
  Clock::time_point next_watch_ = start_;

  Shared<Board> board_;
  std::vector<Worker> workers_;
  bool cold_ = false;
  bool interrupted_ = false;
  int losses_ = 0;

  std::map<std::uint64_t, Batch> batches_;  // done, but not counted
  std::uint64_t counted_ = 0;               // the first batch that is not
  explore::Guide guide_;                    // of those that are
  std::uint64_t done_ = 0;
  std::optional<Incident> incident_;  // the first, so far
  SearchResult result_;
};

}  // namespace

int default_jobs() {
  cpu_set_t cores;
  if (sched_getaffinity(0, sizeof cores, &cores) != 0) return 1;
  return std::max(1, CPU_COUNT(&cores));
}

SearchResult search_by_crew(const Accused& accused, const SearchOptions& options, int jobs,
                            const Progress& progress, const Notice& notice,
                            const Progress& shrinking) {
  return Crew(accused, options, jobs, progress, notice, shrinking).run();
}

}  // namespace poolproof::check
