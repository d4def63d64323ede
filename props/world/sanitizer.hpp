// Tells the address sanitizer, where there is one, which stack runs and which threads there are.
// Without it the sanitizer takes a fiber's frames for wild pointers, and an abandoned stack stays
// forbidden when it is used again.
#pragma once

#include <pthread.h>

#include <cstddef>

#if defined(__SANITIZE_ADDRESS__)
#define POOLPROOF_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define POOLPROOF_ADDRESS_SANITIZER 1
#endif
#endif

#ifdef POOLPROOF_ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

// What the address sanitizer has in place of pthread_create, which the world's own hides: a thread
// that the sanitizer does not know of has a stack that it does not know of.
// NOLINTBEGIN(bugprone-reserved-identifier, readability-identifier-naming): its name
extern "C" int __interceptor_pthread_create(pthread_t* thread, const pthread_attr_t* attributes,
                                            void* (*body)(void*), void* argument)
    __attribute__((weak));
// NOLINTEND(bugprone-reserved-identifier, readability-identifier-naming)

namespace poolproof::world::sanitizer {

using CreateThread = int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
inline CreateThread create_thread_or(CreateThread otherwise) {
  return &__interceptor_pthread_create == nullptr ? otherwise : &__interceptor_pthread_create;
}

struct Stack {
  const void* bottom = nullptr;
  std::size_t size = 0;
};

#ifdef POOLPROOF_ADDRESS_SANITIZER
// It gives each thread an alternate stack for signals, and takes back what it finds in its place.
// When it tells of a crash it asks the C library where the OS thread's stack is.
inline constexpr bool kPresent = true;
// Before a switch to the stack `to`. `kept` is what this stack shall hand to arrive() when it is
// switched back to; null if it never is.
inline void leave(void** kept, const Stack& to) {
  __sanitizer_start_switch_fiber(kept, to.bottom, to.size);
}
// After a switch: the stack that was left.
inline Stack arrive(void* kept) {
  Stack from;
  __sanitizer_finish_switch_fiber(kept, &from.bottom, &from.size);
  return from;
}
inline void reuse(const Stack& stack) { ASAN_UNPOISON_MEMORY_REGION(stack.bottom, stack.size); }
#else
inline constexpr bool kPresent = false;
inline void leave(void**, const Stack&) {}
inline Stack arrive(void*) { return {}; }
inline void reuse(const Stack&) {}
#endif

}  // namespace poolproof::world::sanitizer
