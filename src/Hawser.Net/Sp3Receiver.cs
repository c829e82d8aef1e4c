using System.Net;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Hawser.Net.Proving;
using Hawser.Proof;
using Hawser.Wire;

namespace Hawser.Net;

/// <summary>How to receive by way of a hub.</summary>
public sealed record Sp3ReceiverOptions
{
    /// <summary>The UDP port of this machine; 0 takes a free one.</summary>
    public ushort Port { get; init; }

    /// <summary>The address of this machine; null leaves it to the system.</summary>
    public IPAddress? From { get; init; }

    /// <summary>From where packets may come: another source than the hub, which it then names; null: from the hub's own address.</summary>
    public IPEndPoint? Source { get; init; }

    /// <summary>Asked once for each sender, by its session: whether it may send. Null lets the first one, and no other.</summary>
    public Func<string, bool>? Allows { get; init; }
}

/// <summary>
/// A UDP port to which others may have a hub send, by consent: it answers the hub's challenges for those who are allowed,
/// and when it is disposed their leases end at once.
/// </summary>
public sealed class Sp3Receiver : IAsyncDisposable
{
    private const int ConsentSeconds = 3_600;
    private const int MaxWaiting = 64;
    private static readonly TimeSpan Breath = TimeSpan.FromSeconds(15); // a NAT may forget after thirty

    private readonly Sp3Hub _hub;
    private readonly ListeningSocket _socket;
    private readonly Sp3Line _line;
    private readonly Sp3ReceiverOptions _options;
    private readonly Channel<byte[]> _payloads;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Dictionary<string, bool> _judged = [];
    private readonly Dictionary<ulong, Token16> _noticed = []; // who a challenge is for, by its digest
    private readonly Dictionary<ulong, StunId> _came = [];
    private readonly Lock _gate = new();
    private readonly Task _loops;
    private int _disposed;

    private Sp3Receiver(Sp3Hub hub, ListeningSocket socket, Sp3Line line, Sp3ReceiverOptions options, Channel<byte[]> payloads)
    {
        (_hub, _socket, _line, _options, _payloads) = (hub, socket, line, options, payloads);
        _loops = Task.WhenAll(Task.Run(ListenAsync), Task.Run(HearAsync));
    }

    /// <summary>Where senders have to send: this port, as the hub sees it.</summary>
    public IPEndPoint Address => _socket.Mapped.ToEndPoint();

    /// <summary>Raised for every consent that is given.</summary>
    public event Action<string>? Consented;

    /// <summary>Opens a port, and says to the hub that it may be asked for.</summary>
    /// <param name="hub">The hub.</param>
    /// <param name="options">Null for the usual.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="HawserException">The hub is not reached by UDP, or sees the two ways from different hosts.</exception>
    public static async Task<Sp3Receiver> OpenAsync(Sp3Hub hub, Sp3ReceiverOptions? options = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(hub);
        options ??= new();
        if (hub.Place.Stun is not { } server) throw new HawserException(Reason.Refused, $"the hub {hub.Name} delivers nothing by UDP", "another hub may");
        var payloads = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(1_024) { FullMode = BoundedChannelFullMode.DropOldest });
        var socket = new ListeningSocket(server, options.From, options.Port) { Source = options.Source is { } source ? HostPort.From(source) : null, Payload = payload => payloads.Writer.TryWrite(payload.ToArray()) };
        Sp3Line? line = null;
        try
        {
            var mapped = await socket.ShowAsync(cancel).ConfigureAwait(false)
                ?? throw new HawserException(Reason.Unreachable, $"{server} does not answer by UDP", "this network may let no UDP through");
            line = await Sp3Line.OpenAsync(hub.Place, cancel).ConfigureAwait(false);
            await line.SayAsync(new SenderMessage.Consent(mapped, ConsentSeconds), cancel).ConfigureAwait(false);
            var said = await line.HearAsync(cancel).ConfigureAwait(false);
            if (said is not { Status: SenderStatus.Okay })
                throw new HawserException(Reason.Refused, $"the hub sees this machine's UDP from {mapped} and its connection from {said?.Observed?.ToString() ?? "nowhere"}", "use one address for both: --from ADDR");
            return new(hub, socket, line, options, payloads);
        }
        catch
        {
            line?.Dispose();
            socket.Dispose();
            throw;
        }
    }

    /// <summary>What arrives, until the hub is gone or this is disposed.</summary>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAllAsync([EnumeratorCancellation] CancellationToken cancel = default)
    {
        await foreach (var payload in _payloads.Reader.ReadAllAsync(cancel).ConfigureAwait(false)) yield return payload;
    }

    /// <summary>Takes the consent back, and closes the port.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        await _line.CloseAsync().ConfigureAwait(false);
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _loops.ConfigureAwait(false);
        _line.Dispose();
        _socket.Dispose();
        _stopping.Dispose();
    }

    private async Task ListenAsync()
    {
        try
        {
            while (true)
            {
                if (await _socket.ChallengeAsync(Breath, _stopping.Token).ConfigureAwait(false) is { } challenge)
                {
                    lock (_gate)
                    {
                        if (_came.Count >= MaxWaiting) _came.Clear();
                        _came[SenderNotice.DigestOf(challenge)] = challenge;
                    }

                    await AnswerAsync().ConfigureAwait(false);
                }

                if (_shown.Elapsed > Breath)
                {
                    _socket.Refresh();
                    _shown.Restart();
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or HawserException)
        {
            _payloads.Writer.TryComplete();
        }
    }

    private readonly System.Diagnostics.Stopwatch _shown = System.Diagnostics.Stopwatch.StartNew();

    private async Task HearAsync()
    {
        try
        {
            while (await _line.HearAsync(_stopping.Token).ConfigureAwait(false) is { Status: SenderStatus.Okay } said)
            {
                if (said is not { Session: { } session, Digest: { } digest }) continue;
                lock (_gate)
                {
                    if (_noticed.Count >= MaxWaiting) _noticed.Clear();
                    _noticed[digest] = session;
                }

                await AnswerAsync().ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or HawserException)
        {
            // over
        }

        _payloads.Writer.TryComplete();
    }

    // A challenge and the word whom it is for come by two ways, in any order.
    private async Task AnswerAsync()
    {
        List<(Token16 Session, StunId Challenge)> due = [];
        lock (_gate)
        {
            foreach (var (digest, challenge) in _came.ToArray())
            {
                if (!_noticed.Remove(digest, out var session)) continue;
                _came.Remove(digest);
                if (Judge(SenderMessage.Text(session))) due.Add((session, challenge));
            }
        }

        foreach (var (session, challenge) in due)
        {
            var token = ConsentToken.Make(challenge, _hub.Place.ChannelKey, _options.Source is { } source ? HostPort.From(source) : _hub.Place.Stun!.Value, new(_socket.Mapped, AddressTransport.Udp), session);
            await _line.SayAsync(new SenderMessage.Token(session, token), _stopping.Token).ConfigureAwait(false);
            Consented?.Invoke(SenderMessage.Text(session));
        }
    }

    private bool Judge(string session)
    {
        if (_judged.TryGetValue(session, out var known)) return known;
        if (_judged.Count >= MaxWaiting) return false;
        return _judged[session] = _options.Allows?.Invoke(session) ?? _judged.Count == 0;
    }
}
