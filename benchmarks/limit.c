/* The two look-ups of a compiled calendar as a compiler makes them, for bulk.add and bulk.elapsed
   to be measured against.

   A span has one row of 32 bytes, half a line of the processor's cache. Buckets of 2^shift
   microseconds have the row of their first instant, or of their first amount of work. There is at
   most one opening in a bucket, or one end of work, so one correction gives the row. Row 0 is an
   empty span at the start of the table, and the last row stands for a span after its end.

   A row outside the table, such as one without a value, ends the work: the number of rows that are
   done is returned. */

#include <stdint.h>

typedef struct {
    int64_t opens, closes, base, done; /* base: the work before the span less its opening */
} Row;

typedef struct {
    const Row *rows;
    const int32_t *by_time, *by_work;
    int64_t start, end, total, time_shift, work_shift;
} Table;

static inline int is_outside(const Table *table, int64_t instant)
{
    return instant < table->start || instant >= table->end;
}

static inline int64_t work_until(const Table *table, int64_t instant)
{
    int64_t row = table->by_time[(instant - table->start) >> table->time_shift];
    row += table->rows[row + 1].opens <= instant;
    const Row *span = &table->rows[row];
    return (instant < span->closes ? instant : span->closes) + span->base;
}

static inline int64_t when_done(const Table *table, int64_t goal)
{
    int64_t row = table->by_work[goal >> table->work_shift];
    row += table->rows[row].done < goal;
    return goal - table->rows[row].base;
}

int64_t add(const Table *table, int64_t size, const int64_t *starts, const int64_t *work,
            int64_t *out)
{
    for (int64_t row = 0; row < size; row++) {
        if (is_outside(table, starts[row]))
            return row;
        int64_t goal = work_until(table, starts[row]) + work[row];
        if (work[row] <= 0 || goal > table->total)
            return row;
        out[row] = when_done(table, goal);
    }
    return size;
}

int64_t elapsed(const Table *table, int64_t size, const int64_t *starts, const int64_t *ends,
                int64_t *out)
{
    for (int64_t row = 0; row < size; row++) {
        if (is_outside(table, starts[row]) || is_outside(table, ends[row]))
            return row;
        out[row] = work_until(table, ends[row]) - work_until(table, starts[row]);
    }
    return size;
}
