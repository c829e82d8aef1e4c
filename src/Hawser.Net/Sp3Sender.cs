using System.Net;
using Hawser.Net.Proving;
using Hawser.Proof;
using Hawser.Wire;

namespace Hawser.Net;

/// <summary>
/// Sends to an address by way of a hub, for as long as who is there wants it: every few seconds they are asked again, and
/// when they do not answer for half a minute, or take their consent back, it is over.
/// </summary>
public sealed class Sp3Sender : IAsyncDisposable
{
    private readonly Sp3Line _line;
    private readonly HostPort _destination;
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _consented = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _loop;
    private int _disposed;
    private HostPort? _source;

    private Sp3Sender(Sp3Line line, HostPort destination, Token16 session)
    {
        (_line, _destination, Session) = (line, destination, SenderMessage.Text(session));
        _loop = Task.Run(HearAsync);
    }

    /// <summary>What the destination makes its consent for, 22 characters.</summary>
    public string Session { get; }

    /// <summary>Ends when the destination wants no more, or the hub is gone.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Says to a hub where to send; it asks who is there.</summary>
    /// <param name="hub">The hub.</param>
    /// <param name="destination">Address and UDP port, as the receiver sees itself from there.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="HawserException">Refused: nobody may be sent to there, or they have been asked too often.</exception>
    public static Task<Sp3Sender> OpenAsync(Sp3Hub hub, IPEndPoint destination, CancellationToken cancel = default) => OpenAsync(hub, destination, null, cancel);

    /// <summary>The same with another source than the hub's own address, where the hub allows that and the destination consents to it.</summary>
    /// <param name="hub">The hub.</param>
    /// <param name="destination">Address and UDP port, as the receiver sees itself from there.</param>
    /// <param name="source">From where the packets are to come; null: from the hub.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="HawserException">Refused: nobody may be sent to there, they have been asked too often, or not from there.</exception>
    public static async Task<Sp3Sender> OpenAsync(Sp3Hub hub, IPEndPoint destination, IPEndPoint? source, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(hub);
        ArgumentNullException.ThrowIfNull(destination);
        var to = HostPort.From(destination);
        var line = await Sp3Line.OpenAsync(hub.Place, cancel).ConfigureAwait(false);
        try
        {
            await line.SayAsync(new SenderMessage.Hello(to.Address, (int)AddressMethod.ListeningSocket, new ListeningOptions(to, null).Write()) { Source = source is null ? null : HostPort.From(source) }, cancel).ConfigureAwait(false);
            var said = await line.HearAsync(cancel).ConfigureAwait(false);
            return said is { Status: SenderStatus.Okay, Session: { } session } ? new(line, to, session) { _source = source is null ? null : HostPort.From(source) } : throw Refused(said?.Status, to);
        }
        catch
        {
            line.Dispose();
            throw;
        }
    }

    /// <summary>Waits for the first consent.</summary>
    /// <exception cref="HawserException">Unreachable: nobody there answers. Refused: they do not want.</exception>
    public async Task WaitForConsentAsync(CancellationToken cancel = default)
    {
        var done = await Task.WhenAny(_consented.Task, _ended.Task).WaitAsync(cancel).ConfigureAwait(false);
        if (done != _consented.Task && !_consented.Task.IsCompleted)
            throw new HawserException(Reason.Unreachable, $"nobody at {_destination} wants anything from here", "does a receiver run there, with this hub, and with this very port?");
    }

    /// <summary>Hands the hub a token that the destination has given by another way than through the hub.</summary>
    /// <param name="token">22 characters.</param>
    /// <param name="cancel">Gives up.</param>
    public Task AuthorizeAsync(string token, CancellationToken cancel = default) =>
        _line.SayAsync(new SenderMessage.Authorization(_destination.Address, token), cancel);

    /// <summary>Sends one payload of 1 to 1,400 bytes. As with any datagram, nobody says whether it arrives.</summary>
    /// <exception cref="HawserException">Refused: there is no consent any more.</exception>
    public async ValueTask SendAsync(ReadOnlyMemory<byte> payload, CancellationToken cancel = default)
    {
        if (payload.Length is 0 or > SenderDesk.MaxPayload) throw new ArgumentException($"a payload has 1 to {SenderDesk.MaxPayload} bytes", nameof(payload));
        if (_ended.Task.IsCompleted || !_consented.Task.IsCompleted)
            throw new HawserException(Reason.Refused, $"whoever is at {_destination} does not want anything from here{(_ended.Task.IsCompleted ? " any more" : "")}", "wait for their consent first");
        await _line.PacketAsync(_source is { } source ? UdpPacket.Write(source, _destination, payload.Span) : payload, cancel).ConfigureAwait(false);
    }

    /// <summary>Ends it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        await _line.CloseAsync().ConfigureAwait(false);
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        _line.Dispose();
        _stopping.Dispose();
    }

    private async Task HearAsync()
    {
        try
        {
            while (await _line.HearAsync(_stopping.Token).ConfigureAwait(false) is { Status: SenderStatus.Okay } said)
            {
                if (said.Challenge is { } token) await AuthorizeAsync(token, _stopping.Token).ConfigureAwait(false);
                else _consented.TrySetResult();
            }
        }
        catch (Exception e) when (e is OperationCanceledException or HawserException)
        {
            // over, which is said below
        }

        _ended.TrySetResult();
    }

    private static HawserException Refused(SenderStatus? status, in HostPort to) => status switch
    {
        SenderStatus.Unauthorized => new(Reason.Refused, $"the hub does not ask {to}", "it is no public address, is being asked for somebody else, or was asked often enough: wait half a minute"),
        SenderStatus.Unsupported => new(Reason.Refused, "the hub cannot ask by UDP, or sends nothing from a source that is not its own", "another hub may"),
        _ => new(Reason.Unreachable, "the hub has ended the line", "try again"),
    };
}
