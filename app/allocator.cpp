// What jemalloc reads at its start, before main(). (A build for a sanitizer has the sanitizer's allocator, and nobody reads this.)
//
// Records, claims and rows are made by one thread and let go by another, tens of thousands a second: jemalloc keeps them apart by size without a lock that both
// threads want. Huge pages, because a city's calendars lie all over the heap and every command touches another one: with small pages the processor looks up
// addresses more than it computes (docs/performance.md).
extern "C" {
extern const char* const malloc_conf;
const char* const malloc_conf = "thp:always,metadata_thp:auto,background_thread:true";
}
