#include "impl/cancelling.hpp"

namespace poolproof {

Canceller::Outcome Canceller::request() const { return lease_->request(); }

Canceller::Outcome Cancelling::request() {
  using Kind = Canceller::Outcome::Kind;
  if (!begin()) return {Kind::over, "the lease is over, or its connection is closed"};
  auto failure = send_cancel(*key_);
  if (!failure) return {Kind::requested, {}};
  return {Kind::failed, *std::move(failure)};
}

bool Cancelling::begin() {
  if (!key_) return false;
  const std::lock_guard lock(mutex_);
  tried_ |= !over_;
  return !over_;
}

bool Cancelling::end() {
  const std::lock_guard lock(mutex_);
  over_ = true;
  return tried_;
}

}  // namespace poolproof
