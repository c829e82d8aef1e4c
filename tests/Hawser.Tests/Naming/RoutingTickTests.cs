using System.Globalization;
using System.Text;
using Hawser.Naming;
using Xunit;

namespace Hawser.Tests.Naming;

public class RoutingTickTests
{
    private static DateTimeOffset Utc(string text) =>
        DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    private static RoutingTick Tick(string text) =>
        RoutingTick.TryParse(Encoding.ASCII.GetBytes(text), out var tick) ? tick : throw new FormatException(text);

    [Theory]
    [InlineData("0a9", "2011-04-15T06:55:52.587Z")]
    [InlineData("014", "2011-01-12T07:19:13.668Z")]
    [InlineData("0b6", "2011-04-24T14:46:14.363Z")]
    public void A_tick_begins_when_the_vectors_say(string label, string start)
    {
        Assert.Equal(start, Tick(label).Start().AddMicroseconds(500).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
        Assert.Equal(label, Tick(label).ToString());
    }

    [Theory]
    [InlineData("2011-04-29T02:08:34Z", "0bl")]
    [InlineData("2011-01-01T00:00:00Z", "000")]
    [InlineData("2011-12-31T23:59:59Z", "0zv")] // unit 1291, the short one of a common year
    [InlineData("2012-01-01T00:00:00Z", "100")]
    [InlineData("2012-12-31T23:59:59Z", "1zy")] // unit 1294: a leap year is full
    [InlineData("2013-01-01T00:00:00Z", "200")]
    [InlineData("2046-12-31T23:59:59Z", "zzv")]
    public void An_instant_lies_in_its_tick(string utc, string label)
    {
        Assert.True(RoutingTick.TryAt(Utc(utc), out var tick));
        Assert.Equal(label, tick.ToString());
    }

    [Theory, InlineData("2010-12-31T23:59:59Z"), InlineData("2047-01-01T00:00:00Z")]
    public void Other_years_have_none(string utc) => Assert.False(RoutingTick.TryAt(Utc(utc), out _));

    [Fact]
    public void Every_tick_follows_the_one_before_in_label_and_time()
    {
        Assert.True(RoutingTick.TryFromNumber(0, out var tick));
        var count = 1;
        for (; tick.TryNext(out var next); tick = next, count++)
        {
            Assert.True(next > tick && next.Start() > tick.Start());
            Assert.Equal(next, Tick(next.ToString()));
            Assert.True(RoutingTick.TryAt(next.Start(), out var at) && at == next);
            Assert.True(RoutingTick.TryAt(next.Start().AddTicks(-1), out at) && at == tick);
        }

        Assert.Equal(RoutingTick.Count, count);
        Assert.Equal("zzv", tick.ToString());
    }

    [Theory, InlineData(""), InlineData("0a"), InlineData("0A9"), InlineData("0a9 "), InlineData("0zw"), InlineData("1zz"), InlineData("0-0")]
    public void Other_labels_are_none(string label) =>
        Assert.False(RoutingTick.TryParse(Encoding.ASCII.GetBytes(label), out _));

    [Fact]
    public void A_test_federations_clock_runs_fast_from_its_origin()
    {
        var origin = Utc("2026-03-01T00:00:00Z");
        var clock = new RoutingClock(origin, 6000);
        Assert.InRange(clock.TickLength.TotalSeconds, 4.06, 4.08);
        Assert.True(clock.TryAt(origin, out var first) && RoutingTick.TryAt(origin, out var same) && first == same);
        Assert.True(first.TryAdd(10, out var tenth));
        var start = clock.StartOf(tenth);
        Assert.InRange((start - origin).TotalSeconds, 36, 41);
        Assert.True(clock.TryAt(start, out var at) && at == tenth);
        Assert.True(clock.TryAt(start.AddTicks(-1), out at) && at.Number == tenth.Number - 1);
        Assert.False(clock.TryAt(origin.AddYears(1), out _));
    }
}
