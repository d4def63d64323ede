// A value or the reason why there is none: std::expected's names over std::variant, so that one
// alias can replace it once the compilers have that. No monadic chains; never throws.
#pragma once

#include <cstdlib>
#include <type_traits>
#include <utility>
#include <variant>

namespace poolproof {

// Marks an error on its way into a Result: `return Unexpected(AcquireError{...});`
template <class E>
class Unexpected {
 public:
  // Marks it.
  explicit Unexpected(E error) : error_(std::move(error)) {}

  // What was marked.
  const E& error() const& { return error_; }
  E&& error() && { return std::move(error_); }

 private:
  E error_;
};

// Holds a T or an E. Asking for the one that is not there aborts, in every build.
template <class T, class E>
class [[nodiscard]] Result {
 public:
  // Implicit, so that a function returns either of them as it is.
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Unexpected<E> failure) : state_(std::in_place_index<1>, std::move(failure).error()) {}

  // Whether there is a T.
  bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  // The T. Requires that there is one.
  T& operator*() & { return held(std::get_if<0>(&state_)); }
  const T& operator*() const& { return held(std::get_if<0>(&state_)); }
  T&& operator*() && { return std::move(held(std::get_if<0>(&state_))); }
  T* operator->() { return &**this; }
  const T* operator->() const { return &**this; }

  // The E. Requires that there is no T.
  E& error() & { return held(std::get_if<1>(&state_)); }
  const E& error() const& { return held(std::get_if<1>(&state_)); }
  E&& error() && { return std::move(held(std::get_if<1>(&state_))); }

  // The T, or what is given in its place.
  template <class U>
  T value_or(U&& otherwise) const& {
    return has_value() ? **this : static_cast<T>(std::forward<U>(otherwise));
  }
  template <class U>
  T value_or(U&& otherwise) && {
    return has_value() ? *std::move(*this) : static_cast<T>(std::forward<U>(otherwise));
  }

 private:
  template <class Side>
  static Side& held(Side* side) {
    if (side == nullptr) std::abort();
    return *side;
  }

  std::variant<T, E> state_;
};

}  // namespace poolproof
