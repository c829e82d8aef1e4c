using System.Collections.Concurrent;
using Hawser.Net.Control;
using Hawser.Session.Tcp;
using Microsoft.Extensions.Logging;

namespace Hawser.Net.Tcp;

/// <summary>
/// What TCP noted, for people and firewalls: counts by reason, addresses under pressure, and a log that a flood does not fill.
/// </summary>
/// <param name="clock">For the times of day.</param>
/// <param name="log">Reasons and numbers; addresses only at Debug.</param>
internal sealed class TcpNotes(TimeProvider clock, ILogger log)
{
    private const int MaxPressed = 256;
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(10); // between two lines on one reason

    private readonly ConcurrentDictionary<TcpDrop, (long Count, DateTimeOffset Said)> _silenced = new();
    private readonly ConcurrentDictionary<HostPort, PressureReport> _pressed = new();

    /// <summary>An address came under pressure.</summary>
    public event Action<PressureReport>? Pressed;

    public IReadOnlyList<CountReport> Counts =>
        [.. _silenced.OrderBy(entry => entry.Key).Select(entry => new CountReport(Name(entry.Key), entry.Value.Count))];

    public IReadOnlyList<PressureReport> Pressure => [.. _pressed.Values.OrderByDescending(report => report.Last)];

    public void Take(TcpNote note)
    {
        if (note is TcpNote.Silenced(var reason)) Count(reason);
        else if (note is TcpNote.Pressed(var address, var failures)) Press(address, failures);
    }

    private void Count(TcpDrop reason)
    {
        var now = clock.GetUtcNow();
        var (count, said) = _silenced.GetValueOrDefault(reason);
        var speaks = now - said >= Quiet;
        _silenced[reason] = (count + 1, speaks ? now : said);
        if (speaks) log.SilencedTcp(Say(reason), count + 1);
    }

    private void Press(HostPort address, int failures)
    {
        var now = clock.GetUtcNow();
        if (_pressed.Count >= MaxPressed && !_pressed.ContainsKey(address)
            && _pressed.MinBy(entry => entry.Value.Last) is { Key: var oldest }) _pressed.TryRemove(oldest, out _);
        var report = new PressureReport(address.ToEndPoint().Address.ToString(), failures, now);
        _pressed[address] = report;
        log.AddressPressed(failures);
        log.AddressPressedAt(report.Address, failures);
        Pressed?.Invoke(report);
    }

    private static string Name(TcpDrop reason)
    {
        var name = reason.ToString();
        return string.Concat(name.Select((c, at) => char.IsUpper(c) ? (at == 0 ? "" : "_") + char.ToLowerInvariant(c) : c.ToString()));
    }

    private static string Say(TcpDrop reason) => reason switch
    {
        TcpDrop.BadLength => "it announced a frame of a length that cannot be",
        TcpDrop.TooSlow => "it took too long",
        TcpDrop.OutOfPlace => "it sent a packet out of place",
        TcpDrop.NotOpened => "its first packets were forged, altered or for somebody else",
        TcpDrop.UnknownName => "it named nobody who may in",
        TcpDrop.Replayed => "it replayed a handshake",
        TcpDrop.RateLimited => "too many came from its address",
        TcpDrop.NoRoom => "too many wait to be let in, and it was the slowest",
        TcpDrop.Refused => "its invitation is void, or there is nothing here for it",
        TcpDrop.NotAnswered => "it asked what is not answered here",
        TcpDrop.BadSeal => "a packet of its channel did not open",
        TcpDrop.BrokenRule => "it broke the rules inside its channel",
        TcpDrop.LeftEarly => "it left before it was let in",
    };
}
