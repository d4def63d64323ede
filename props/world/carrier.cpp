#include "props/world/carrier.hpp"

#include <utility>

#include "props/world/fiber.hpp"
#include "props/world/thread_carrier.hpp"

namespace poolproof::world {

std::string_view name(CarrierKind kind) { return kind == CarrierKind::fiber ? "fiber" : "thread"; }

struct Carriers::Outside {
  Fiber::Place fiber;
  ThreadCarrier::Shared threads;
};

Carriers::Carriers(CarrierKind kind, std::function<void()> at_start)
    : kind_(kind), outside_(std::make_unique<Outside>()) {
  outside_->threads.at_start = std::move(at_start);
}

Carriers::~Carriers() = default;

void Carriers::use_fresh_threads(bool fresh) { outside_->threads.fresh_threads = fresh; }

std::unique_ptr<Carrier> Carriers::make() {
  if (kind_ == CarrierKind::thread) return std::make_unique<ThreadCarrier>(outside_->threads);
  return std::make_unique<Fiber>(outside_->fiber);
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
