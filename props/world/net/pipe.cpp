#include "props/world/net/pipe.hpp"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <climits>

namespace poolproof::world {

// ---- to read from ----

int PipeReader::ready() const {
  return (bytes_.empty() ? 0 : POLLIN | POLLRDNORM) | (writer_->closed ? POLLHUP : 0);
}

ssize_t PipeReader::take(Pieces into, int /*flags*/) {
  if (size_of(into) == 0) return 0;
  if (bytes_.empty()) return writer_->closed ? 0 : fail(EAGAIN);
  scheduler_.acquired(this);
  const auto taken = static_cast<ssize_t>(bytes_.take(into, bytes_.size()));
  writer_->changed(POLLOUT);
  return taken;
}

ssize_t PipeReader::give(Pieces /*from*/, int /*flags*/) { return fail(EBADF); }

void PipeReader::on_close() { writer_->changed(kAnything); }

// ---- to write to ----

int PipeWriter::ready() const {
  return (room() >= PIPE_BUF ? POLLOUT | POLLWRNORM : 0) | (reader_.closed ? POLLERR : 0);
}

ssize_t PipeWriter::take(Pieces /*into*/, int /*flags*/) { return fail(EBADF); }

// What is no longer than PIPE_BUF is written as a whole or not at all.
ssize_t PipeWriter::give(Pieces from, int /*flags*/) {
  const std::size_t size = size_of(from);
  if (size == 0) return 0;
  if (reader_.closed) return fail(EPIPE);
  if (room() == 0 || (size <= PIPE_BUF && size > room())) return fail(EAGAIN);
  scheduler_.released(&reader_);
  const std::size_t written = reader_.bytes_.append(from, std::min(size, room()));
  reader_.changed(POLLIN);
  return static_cast<ssize_t>(written);
}

void PipeWriter::on_close() { reader_.changed(kAnything); }

}  // namespace poolproof::world
