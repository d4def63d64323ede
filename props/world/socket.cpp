#include "props/world/socket.hpp"

#include <algorithm>
#include <cstring>

namespace poolproof::world {

void Socket::write(std::string_view bytes, Duration delay) {
  if (closed) return;
  if (arriving_.empty() && delay == Duration::zero()) {
    inbox_.append(bytes);
  } else {
    arriving_.push_back({scheduler_.now() + delay, std::string(bytes), false});
  }
  wake_pollers();
}

void Socket::end(Duration delay) {
  if (closed) return;
  arriving_.push_back({scheduler_.now() + delay, {}, true});
  wake_pollers();
}

// Nothing overtakes what was written before it: only the first piece is looked at.
void Socket::settle() {
  while (!arriving_.empty() && arriving_.front().when <= scheduler_.now()) {
    inbox_.append(arriving_.front().bytes);
    ended_ |= arriving_.front().last;
    arriving_.erase(arriving_.begin());
  }
}

std::optional<Time> Socket::next_arrival() const {
  return arriving_.empty() ? std::nullopt : std::optional(arriving_.front().when);
}

std::size_t Socket::take(void* bytes, std::size_t size, bool peek) {
  size = std::min(size, inbox_.size() - read_);
  std::memcpy(bytes, inbox_.data() + read_, size);
  if (!peek) read_ += size;
  if (read_ == inbox_.size()) {
    inbox_.clear();
    read_ = 0;
  }
  return size;
}

void Socket::cut() {
  arriving_.clear();
  ended_ = true;
  wake_pollers();
}

void Socket::wake_pollers() {
  scheduler_.wake_all({OperationKind::poll, this});
  scheduler_.wake_all({OperationKind::poll, kAny});
}

}  // namespace poolproof::world
