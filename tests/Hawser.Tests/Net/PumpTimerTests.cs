using System.Diagnostics.CodeAnalysis;
using Hawser.Net.Pump;
using Hawser.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Hawser.Tests.Net;

/// <summary>Who wakes a machine: the receiver what is due soon after a datagram, the timer all else.</summary>
public sealed class PumpTimerTests : IDisposable
{
    private static readonly HostPort Loopback = HostPort.Read([127, 0, 0, 1], 0);
    private readonly CancellationTokenSource _patience = new(TimeSpan.FromSeconds(30));
    private readonly UdpSocket _own = new(Loopback), _other = new(Loopback);
    private readonly MachinePump<AlarmMachine, AlarmReport> _pump;

    public PumpTimerTests() => _pump = new(new(), _own, TimeProvider.System, NullLogger.Instance);

    public void Dispose()
    {
        _pump.Dispose();
        _other.Dispose();
        _patience.Dispose();
    }

    [Fact]
    public async Task What_is_due_soon_after_a_datagram_the_receiver_rings_itself()
    {
        for (byte i = 1; i <= 5; i++)
        {
            _other.Send([i], 1, _own.Local);
            Assert.StartsWith("receive", (await _pump.Events.ReadAsync(_patience.Token)).Thread, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_is_due_later_the_timer_rings_while_the_receiver_waits_for_datagrams()
    {
        _other.Send([100], 1, _own.Local);
        Assert.DoesNotContain("receive", (await _pump.Events.ReadAsync(_patience.Token)).Thread, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_command_of_another_thread_moves_an_alarm_forward_and_nothing_is_late_for_ever()
    {
        _other.Send([19], 1, _own.Local);
        await _pump.Events.ReadAsync(_patience.Token);
        _pump.Feed(TimeSpan.FromHours(1), static (machine, now, after) => machine.RingAt(now.Mono + after));
        _pump.Feed(TimeSpan.FromMilliseconds(2), static (machine, now, after) => machine.RingAt(now.Mono + after));
        await _pump.Events.ReadAsync(_patience.Token); // not after an hour
    }

    /// <summary>Rings as many milliseconds after a datagram as that says.</summary>
    private sealed class AlarmMachine : IDatagramMachine, IMachine<AlarmReport>
    {
        private readonly Queue<AlarmReport> _reports = new();

        public Instant NextWakeup { get; private set; } = Instant.Never;

        public void RingAt(Instant due) => NextWakeup = due;

        public void Receive(Moment now, in Route from, Span<byte> datagram) => RingAt(now.Mono + TimeSpan.FromMilliseconds(datagram[0]));

        public void Tick(Moment now)
        {
            if (now.Mono < NextWakeup) return;
            NextWakeup = Instant.Never;
            _reports.Enqueue(new(Thread.CurrentThread.Name ?? ""));
        }

        public bool TryTransmit(Moment now, Span<byte> buffer, out Transmit transmit)
        {
            transmit = default;
            return false;
        }

        public bool TryTake([NotNullWhen(true)] out AlarmReport? happened) => _reports.TryDequeue(out happened);
    }

    private sealed record AlarmReport(string Thread);
}
