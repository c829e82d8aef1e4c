using System.Net;
using System.Threading.Channels;
using Hawser.Crypto;
using Hawser.Handshake;
using Hawser.Net.Peers;
using Hawser.Net.Pump;
using Hawser.Net.Sockets;
using Hawser.Transport;
using Hawser.Wire;

namespace Hawser.Net.Datagrams;

/// <summary>
/// One UDP socket, and all connections through it: those that it asks for and those that it accepts. Each end has a key;
/// who connects knows the host's, and a host is silent to those who do not. Spec: transport.md, connect.md.
/// </summary>
/// <example><code>
/// await using var host = await DatagramEndpoint.ListenAsync(new() { Local = new(IPAddress.Any, 4711), Decide = _ => ConnectionDecision.Accept() });
/// await using var client = await DatagramEndpoint.ListenAsync(new());
/// await using var connection = await client.ConnectAsync(address, host.Key);
/// connection.Send("hello"u8);
/// </code></example>
public sealed partial class DatagramEndpoint : IAsyncDisposable
{
    private const int MaxUnaccepted = 1_024;

    private readonly DatagramEndpointOptions _options;
    private readonly DhKeyPair _key;
    private readonly EndpointDriver _driver;
    private readonly CancellationTokenSource _stop = new();
    private readonly Channel<Connection> _incoming = Channel.CreateBounded<Connection>(MaxUnaccepted);
    private readonly MachinePump<Endpoint, EndpointEvent>? _pump;
    private readonly ManualPump? _manual;
    private readonly TransportMeter? _meter;

    private DatagramEndpoint(DatagramEndpointOptions options, bool manual)
    {
        _options = options;
        _key = options.Secret is { } secret ? new(Bytes32.Read(secret)) : DhKeyPair.Generate(SystemEntropy.Shared);
        var settings = ProtocolSettings.Parse(options.ProtocolSettings);
        var socket = options.Socket ?? new UdpSocket(options.Local is { } local ? HostPort.From(local) : new HostPort(0, 0));
        Local = socket.Local;
        var endpoint = new Endpoint(options.Clock.GetMoment(), SystemEntropy.Shared, new()
        {
            Key = _key,
            Settings = settings.Offer,
            CidLength = settings.CidLength,
            MaxDifficulty = settings.MaxDifficulty,
            SolvesAtOnce = options.AcceptChallenge is null ? TrivialPuzzle : null,
            KeyOf = name => name.IsKey && options.Decide is not null ? name.Key : null, // may go on to prove it: who it is, is the application's to say
            IdleDifficulty = (uint)Math.Clamp(options.IdleDifficulty, 0, (int)ConnectEpoch.MaxDifficulty),
            ResponseData = options.ResponseData.Length <= ConnectOptions.MaxResponseData ? options.ResponseData.ToArray()
                : throw new ArgumentException("The response data is longer than 511 bytes.", nameof(options)),
        });
        _driver = new(this, options.Handler);
        if (manual) _driver.Access = _manual = new(endpoint, socket as IPollableSocket ?? throw new ArgumentException("This socket cannot be polled.", nameof(options)), options.Clock, _driver);
        else _driver.Access = new EndpointAccess<Endpoint, EndpointEvent>(_pump = new(endpoint, socket, options.Clock, options.Log, _driver), static e => e);
        _meter = options.Meters is { } meters ? new(meters, this) : null;
    }

    /// <summary>Our key, in base64url: what others need to connect.</summary>
    public string Key => _key.Public.ToString();

    /// <summary>Where the socket is bound.</summary>
    public HostPort Local { get; }

    /// <summary>All connections that stand.</summary>
    public IEnumerable<Connection> Connections => _driver.Connections;

    /// <summary>Which library seals packets.</summary>
    public static string Cipher => CipherEngines.Describe(CipherEngines.For(Aead.Aes256Gcm));

    internal IEndpointAccess Access => _driver.Access;

    /// <summary>Binds, and begins to answer.</summary>
    /// <exception cref="System.Net.Sockets.SocketException">The address cannot be had.</exception>
    public static ValueTask<DatagramEndpoint> ListenAsync(DatagramEndpointOptions options, CancellationToken cancel = default)
    {
        cancel.ThrowIfCancellationRequested();
        return ValueTask.FromResult(new DatagramEndpoint(options, manual: false));
    }

    /// <summary>
    /// An endpoint without a thread, for a game's loop: nothing happens but in <see cref="Poll"/> and in the calls that
    /// send, and all handlers are called from there. Belongs to one thread at a time.
    /// </summary>
    public static DatagramEndpoint CreateManual(DatagramEndpointOptions options) => new(options, manual: true);

    /// <summary>Of an endpoint made by <see cref="CreateManual"/>: receives all that has come, lets time pass, sends what is due.</summary>
    public void Poll() => (_manual ?? throw new InvalidOperationException("This endpoint has a thread that does it.")).Poll();

    /// <summary>Connects to a host, which has to prove the key.</summary>
    /// <param name="remote">Where it is.</param>
    /// <param name="key">Its key, in base64url.</param>
    /// <param name="connectData">For the host to decide by; at most 511 bytes.</param>
    /// <param name="handler">Called with what happens on the connection; null: it is read by its own methods.</param>
    /// <param name="cancel">Gives the attempt up, also while the puzzle is being solved.</param>
    /// <exception cref="HawserException">Unreachable, refused, or given up by <see cref="DatagramEndpointOptions.AcceptChallenge"/>.</exception>
    public async Task<Connection> ConnectAsync(
        IPEndPoint remote, string key, ReadOnlyMemory<byte> connectData = default, ConnectionHandler? handler = null,
        CancellationToken cancel = default)
    {
        if (!DhPublicKey.TryParse(key, out var hostKey)) throw new ArgumentException("This is no channel key.", nameof(key));
        if (connectData.Length > ConnectOptions.MaxConnectData) throw new ArgumentException("The connect data is longer than 511 bytes.", nameof(connectData));
        cancel.ThrowIfCancellationRequested();
        var dial = new EndpointDriver.Dial(hostKey, handler, cancel);
        var request = new ConnectRequest
        {
            Route = Route.Udp(HostPort.From(remote)), HostKey = hostKey, Letter = HandshakeLetter.N, Name = new(_key.Public),
            ConnectData = connectData.ToArray(),
        };
        Access.Feed((_driver, dial, request), static (endpoint, now, call) =>
            call._driver.Expect(((Endpoint)endpoint).Connect(now, call.request), call.dial));
        try
        {
            return await dial.Opened.Task.WaitAsync(cancel);
        }
        catch (OperationCanceledException)
        {
            Access.Feed(dial.Id, static (endpoint, now, id) => endpoint.Close(now, id, CloseReason.SelfDisconnect));
            throw;
        }
    }

    /// <summary>The next connection that somebody made to us.</summary>
    /// <exception cref="ChannelClosedException">The endpoint was disposed of.</exception>
    public ValueTask<Connection> AcceptAsync(CancellationToken cancel = default) => _incoming.Reader.ReadAsync(cancel);

    /// <summary>All connections that are made to us, as they come.</summary>
    public IAsyncEnumerable<Connection> AcceptAllAsync(CancellationToken cancel = default) => _incoming.Reader.ReadAllAsync(cancel);

    /// <summary>Packets that belonged to no connection, by reason.</summary>
    public IReadOnlyDictionary<string, long> GetDropped()
    {
        var holder = new System.Runtime.CompilerServices.StrongBox<Dictionary<string, long>>();
        Access.Feed(holder, static (channels, _, holder) =>
        {
            var endpoint = (Endpoint)channels;
            holder.Value = ConnectionStatistics.ByName(endpoint.Dropped);
            foreach (var reason in Enum.GetValues<ConnectDrop>())
                if (endpoint.Host.Dropped(reason) is > 0 and var count) holder.Value.Add($"Connect{reason}", count);
        });
        return holder.Value!;
    }

    /// <summary>Says good-bye on all connections and lets go of the socket.</summary>
    public ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested) return ValueTask.CompletedTask;
        _stop.Cancel();
        foreach (var connection in _driver.Connections) connection.Close(CloseReason.Shutdown);
        _meter?.Dispose();
        _pump?.Dispose();
        _manual?.Dispose();
        _incoming.Writer.TryComplete();
        return ValueTask.CompletedTask;
    }
}
