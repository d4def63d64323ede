#include "props/check/processes/worker.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "props/check/processes/guard.hpp"
#include "props/check/processes/message.hpp"
#include "props/check/search.hpp"

namespace poolproof::check {
namespace {

// Ends the run when as many choices have been made as the tape holds, which is when its process
// died.
class Cut final : public world::Chooser {
 public:
  Cut(world::Chooser& decides, std::size_t choices) : decides_(decides), left_(choices) {}

  std::size_t next(std::span<const world::Candidate> candidates) override {
    count();
    return decides_.next(candidates);
  }
  std::uint32_t choose(world::Stream stream, std::uint32_t count_of_ways) override {
    count();
    return decides_.choose(stream, count_of_ways);
  }
  bool happens(world::Stream stream, world::Rarity kind) override {
    count();
    return decides_.happens(stream, kind);
  }

 private:
  void count() {
    if (left_ > 1) {
      --left_;
      return;
    }
    if (auto* const machine = world::Machine::beneath()) machine->scheduler.stop();
  }

  world::Chooser& decides_;
  std::size_t left_;
};

std::size_t size_of(const explore::Tape& tape) {
  std::size_t size = 0;
  for (const auto& stream : tape.streams) size += stream.size();
  return size;
}

}  // namespace

std::unique_ptr<Runner> guarded_runner(const Job& job, const Limits& limits) {
  stand_guard(job.slate, limits);
  job.slate.begin(Stage::warming_up);
  auto runner = std::make_unique<Runner>(job.accused, RunnerOptions{.laws = job.options.laws,
                                                                    .carrier = job.options.carrier,
                                                                    .warm = !job.cold,
                                                                    .bounds = job.options.bounds});
  if (is_wounded()) _exit(0);
  job.slate.ready();
  job.slate.rest();
  return runner;
}

void Board::end_at(std::uint64_t number) {
  std::uint64_t before = end.load();
  while (number < before && !end.compare_exchange_weak(before, number)) {
  }
}

void Board::release(const explore::Guide& present, std::uint64_t up_to) {
  nlohmann::json parts = message_of(present);
  std::string text = parts.dump();
  // Better no tapes than no guide. All that could ever be known has room.
  if (text.size() > guide.size()) {
    parts["tapes"] = nlohmann::json::array();
    text = parts.dump();
  }
  std::copy(text.begin(), text.end(), guide.begin());
  guide_size = static_cast<std::uint32_t>(text.size());
  released = up_to;
}

explore::Guide Board::present_guide() const {
  const std::uint32_t size = guide_size;
  return size == 0 ? explore::Guide()
                   : guide_in(nlohmann::json::parse(std::string_view(guide.data(), size)));
}

void search_batches(const Job& job, Board& board, const Outbox& out) {
  const auto runner = guarded_runner(job);
  Examiner examiner(*runner, job.options, job.slate, job.cold);
  const auto wanted = [&](std::uint64_t number) { return number < board.end && !board.stop; };
  explore::Guide guide;
  std::uint64_t guided = 0;  // up to that schedule
  while (!board.stop && !is_worn_out()) {
    const std::uint64_t batch = board.batches.fetch_add(1);
    const std::uint64_t first = batch * kBatch;
    job.slate.take(batch);
    // The slowest of the batches before is still under way.
    while (first >= board.released && wanted(first)) {
      job.slate.begin(Stage::between);
      std::this_thread::sleep_for(std::chrono::microseconds(100));
    }
    if (first >= board.end || board.stop) break;
    if (first >= guided) {
      guided = board.released;
      guide = board.present_guide();
    }
    examiner.begin_batch(guide);
    Coverage seen;
    std::optional<Incident> incident;
    for (std::uint64_t number = first; number < first + kBatch && wanted(number) && !incident;
         ++number) {
      incident = examiner.examine(number, seen);
    }
    job.slate.rest();
    if (incident) board.end_at(incident->schedule);
    out.send({batch, seen, incident ? nlohmann::json(*incident) : nullptr,
              message_of(examiner.harvest())});
    job.slate.take_none();
    if (incident) break;
  }
}

void minimise_at_once(const Job& job, const Incident& incident, const Outbox& out) {
  const auto runner = guarded_runner(job);
  explore::Plainest plainest;
  out.send(tell(*runner, job.slate, job.options.bounds, incident.tape, plainest));
  if (is_wounded()) return;
  Case smallest{job.options.bounds, incident.tape};
  const Telling telling = minimised(*runner, job.slate, smallest.bounds, incident,
                                    [&] { return job.board.stop.load(); });
  if (is_wounded()) return;
  out.send({message_of(smallest), telling});
}

void tell_case(const Job& job, const Case& played, const Outbox& out) {
  const auto runner = guarded_runner(job);
  explore::Plainest plainest;
  out.send(tell(*runner, job.slate, played.bounds, played.tape, plainest));
}

void tell_twice(const Job& job, const Case& played, const Outbox& out) {
  const auto runner = guarded_runner(job);
  explore::Plainest plainest;
  for (int i = 0; i < 2 && !is_wounded(); ++i) {
    out.send(tell(*runner, job.slate, played.bounds, played.tape, plainest));
  }
}

void tell_beginning(const Job& job, const Case& played, const Outbox& out) {
  const auto runner = guarded_runner(job);
  explore::Plainest plainest;
  explore::Replay choices(played.tape, plainest);
  Cut cut(choices, size_of(played.tape));
  out.send(tell(*runner, job.slate, played.bounds, cut));
}

}  // namespace poolproof::check
