// pthread_once and C11's call_once: see ../sync/onces.hpp.
#include <pthread.h>
#include <threads.h>

#include "props/world/interpose/inside.hpp"

extern "C" {

int pthread_once(pthread_once_t* control, void (*routine)()) {
  POOLPROOF_INSIDE_OR_RETURN(pthread_once, control, routine);
  return machine->sync.onces.call(control, routine);
}

// Both are a number in glibc, with the same meaning.
void call_once(once_flag* flag, void (*routine)()) {
  POOLPROOF_INSIDE_OR_RETURN(call_once, flag, routine);
  machine->sync.onces.call(reinterpret_cast<pthread_once_t*>(flag), routine);
}

}  // extern "C"
