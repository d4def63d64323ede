// What the shared library shows to those who link it: nothing but what is marked.
#pragma once

#define POOLPROOF_API [[gnu::visibility("default")]]
