// Hears of each step of a run, and of what else makes a difference to what follows: that is what a
// partial order of the run is made of. Whatever is told between two steps is done by the task that
// took the earlier one, or, between `happening` and `happened`, by an event.
#pragma once

#include <cstddef>
#include <cstdint>

#include "props/world/chooser.hpp"
#include "props/world/events.hpp"

namespace poolproof::world {

class StepObserver {
 public:
  StepObserver() = default;
  StepObserver(const StepObserver&) = delete;
  StepObserver& operator=(const StepObserver&) = delete;
  virtual ~StepObserver() = default;

  // That task goes on with that operation.
  virtual void stepped(TaskId task, const Operation& operation) = 0;
  // `starter` is the task itself if it is the first of a run.
  virtual void spawned(TaskId starter, TaskId task) = 0;
  // A task that was blocked can go on.
  virtual void woken(TaskId task) = 0;

  // Time has passed.
  virtual void advanced(Time now) = 0;
  // That task had waited there until its deadline.
  virtual void expired(TaskId task, const Operation& waited) = 0;
  // What it does next depends on what time it is.
  virtual void looked_at_clock() = 0;

  // Something is to happen in no task, then; it is not, after all (or has happened already); it
  // begins to; it has.
  virtual void planned(EventId event, Time when) = 0;
  virtual void called_off(EventId event) = 0;
  virtual void happening(EventId event) = 0;
  virtual void happened() = 0;

  // That lock was taken, at an attempt to lock it or at a try; it was given back.
  virtual void took(const void* /*lock*/, bool /*shared*/) {}
  virtual void gave_back(const void* lock, bool /*shared*/) { released(lock); }
  // What others may find out by looking at that object has changed; it was looked at; it was
  // posted; it is no more, and its address may become another's.
  virtual void touched(const void* object) = 0;
  virtual void looked_at(const void* object) = 0;
  virtual void released(const void* object) = 0;
  virtual void retired(const void* object) = 0;

  // That block was handed out: told of each while heap_listeners > 0, else of those in heap_watch.
  virtual void allocated(const void* /*block*/, std::size_t /*size*/) {}
  // Only while heap_listeners > 0: it was given back.
  virtual void freed(const void* /*block*/) {}

  // Something other than who goes on was left open, and was not answered by 0.
  virtual void chose(Stream stream, std::uint32_t among, std::uint32_t answer) = 0;
};

}  // namespace poolproof::world
