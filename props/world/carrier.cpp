#include "props/world/carrier.hpp"

#include <sched.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "props/world/fiber.hpp"
#include "props/world/thread_carrier.hpp"

namespace poolproof::world {

std::string_view name(CarrierKind kind) { return kind == CarrierKind::fiber ? "fiber" : "thread"; }

namespace {

// Keeps the OS thread that made it, and all that this one starts, on one processor.
class Pinned {
 public:
  Pinned() {
    sched_getaffinity(0, sizeof before_, &before_);
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(sched_getcpu(), &one);
    sched_setaffinity(0, sizeof one, &one);  // where it is not allowed, all is merely slower
  }
  ~Pinned() { sched_setaffinity(0, sizeof before_, &before_); }
  Pinned(const Pinned&) = delete;
  Pinned& operator=(const Pinned&) = delete;

 private:
  cpu_set_t before_{};
};

}  // namespace

struct Carriers::Outside {
  Fiber::Place fiber;
  ThreadCarrier::Shared threads;
  std::optional<Pinned> pinned;
};

Carriers::Carriers(CarrierKind kind, std::function<void()> at_start)
    : kind_(kind), outside_(std::make_unique<Outside>()) {
  outside_->threads.at_start = std::move(at_start);
  if (kind == CarrierKind::thread) outside_->pinned.emplace();
}

Carriers::~Carriers() = default;

void Carriers::use_fresh_threads(bool fresh) { outside_->threads.fresh_threads = fresh; }

bool Carriers::fresh_threads() const { return outside_->threads.fresh_threads; }

std::unique_ptr<Carrier> Carriers::make() {
  if (kind_ == CarrierKind::thread) return std::make_unique<ThreadCarrier>(outside_->threads);
  return std::make_unique<Fiber>(outside_->fiber);
}

void Carriers::put_in_order() {
  std::transform(all_.rbegin(), all_.rend(), spare_.begin(),
                 [](const auto& each) { return each.get(); });
}

Carrier& Carriers::borrow() {
  if (spare_.empty()) {
    all_.push_back(make());
    return *all_.back();
  }
  Carrier* const carrier = spare_.back();
  spare_.pop_back();
  return *carrier;
}

}  // namespace poolproof::world
