using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Hawser.Net.Control;

/// <summary>A verb's side of the control socket: one call.</summary>
internal sealed class ControlClient : IAsyncDisposable
{
    private readonly ControlConnection _connection;

    private ControlClient(ControlConnection connection) => _connection = connection;

    /// <summary>Connects to what runs on a home; null if nothing does.</summary>
    public static async Task<ControlClient?> TryConnectAsync(Home home, CancellationToken cancel)
    {
        if (!File.Exists(home.ControlSocket)) return null;
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(home.ControlSocket), cancel).ConfigureAwait(false);
            return new(new(socket));
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.AccessDenied)
        {
            socket.Dispose();
            throw new HawserException(Reason.FileTrouble, $"the node of {home.Folder} belongs to another user",
                "run this as that user, or choose another home with --home", e);
        }
        catch (Exception e) when (e is SocketException or ArgumentException or OperationCanceledException)
        {
            socket.Dispose();
            if (e is OperationCanceledException) throw;
            return null; // left over from a process that died
        }
    }

    /// <summary>Sends the one request of this connection.</summary>
    public Task SendAsync<T>(string verb, T args, CancellationToken cancel)
        where T : class
    {
        var element = JsonSerializer.SerializeToElement(args, ControlJson.Default.GetTypeInfo(typeof(T))!);
        return _connection.WriteLineAsync(new(verb, element), ControlJson.Default.ControlRequest, cancel);
    }

    /// <summary>The items, until the call is done or becomes a stream.</summary>
    /// <exception cref="HawserException">The error that the handler ended with.</exception>
    public async IAsyncEnumerable<T> ItemsAsync<T>([EnumeratorCancellation] CancellationToken cancel)
        where T : class
    {
        while (true)
        {
            var line = await ReadAsync(cancel).ConfigureAwait(false);
            if (line.Item is not { } item) yield break;
            yield return item.Deserialize((JsonTypeInfo<T>)ControlJson.Default.GetTypeInfo(typeof(T))!)!;
        }
    }

    /// <summary>The raw bytes, once the items have ended in a stream; null if they ended in <c>done</c>.</summary>
    public ControlStream? Stream { get; private set; }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private async Task<ControlLine> ReadAsync(CancellationToken cancel)
    {
        ControlLine? line;
        try
        {
            line = await _connection.ReadLineAsync(ControlJson.Default.ControlLine, cancel).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or SocketException or JsonException)
        {
            line = null;
        }

        if (line is null)
            throw new HawserException(Reason.LocalTrouble, "the node went away in the middle of it",
                "see whether it still runs: hawser status");
        if (line.Error is { } error) throw error.ToException();
        if (line.Stream is true) Stream = _connection.ToStream();
        return line;
    }
}
