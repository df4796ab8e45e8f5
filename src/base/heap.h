#pragma once

namespace rowhouse {

// Sets the C library's allocator for what we do with it: records are made on one thread and freed
// on another, and batches and Kafka's request buffers of about a megabyte come and go all the time.
//
// Left alone it gives such buffers back to the kernel at each free and takes them anew, page
// fault by page fault. Here up to 64 MiB stay at the end of an arena, and only larger blocks have
// a mapping of their own.
//
// Place:  once at the start of main(), before the first thread.
void TuneHeap();

// Gives the kernel what is free in all arenas, for after work that took much and has ended: freed
// blocks of Kafka's fetches stay in the arenas of its threads otherwise. Some milliseconds.
void ReturnFreeHeap();

}  // namespace rowhouse
