using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Hawser.Net.Control;

/// <summary>Answers the verbs of this user on the home's Unix socket. Spec: control.md.</summary>
internal sealed partial class ControlServer : IAsyncDisposable
{
    private const int MaxPath = 107; // sun_path without its zero: unix(7)

    private readonly Dictionary<string, Func<ControlCall, CancellationToken, Task>> _handlers = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Task, byte> _calls = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly Home _home;
    private readonly ILogger _log;
    private Socket? _listener;
    private Task _accepting = Task.CompletedTask;

    /// <summary>The home's lock must be held: a socket that is left over is replaced.</summary>
    public ControlServer(Home home, ILogger log) => (_home, _log) = (home, log);

    /// <summary>Registers the handler of a verb; a later one replaces it. Only before <see cref="Start"/>.</summary>
    public void Handle(string verb, Func<ControlCall, CancellationToken, Task> handler) => _handlers[verb] = handler;

    /// <summary>Begins to answer.</summary>
    public void Start()
    {
        if (System.Text.Encoding.UTF8.GetByteCount(_home.ControlSocket) > MaxPath)
            throw new HawserException(Reason.LocalTrouble, $"the path of the home {_home.Folder} is too long for a Unix socket",
                "choose a shorter one with --home");
        try
        {
            File.Delete(_home.ControlSocket);
            _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            _listener.Bind(new UnixDomainSocketEndPoint(_home.ControlSocket)); // in a folder that is closed to others
            File.SetUnixFileMode(_home.ControlSocket, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            _listener.Listen();
        }
        catch (Exception e) when (e is SocketException or IOException or UnauthorizedAccessException)
        {
            _listener?.Dispose();
            throw new HawserException(Reason.FileTrouble, $"the control socket {_home.ControlSocket} cannot be made",
                "choose a home on a local disk with --home", e);
        }

        _accepting = AcceptAsync(_listener);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        _listener?.Dispose();
        await _accepting.ConfigureAwait(false);
        await Task.WhenAll(_calls.Keys).ConfigureAwait(false);
        if (_listener is not null) File.Delete(_home.ControlSocket);
        _stopping.Dispose();
    }

    private async Task AcceptAsync(Socket listener)
    {
        while (true)
        {
            Socket socket;
            try
            {
                socket = await listener.AcceptAsync(_stopping.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException)
            {
                continue;
            }

            var call = Task.Run(() => ServeAsync(socket));
            _calls.TryAdd(call, 0);
            _ = call.ContinueWith(done => _calls.TryRemove(done, out _), TaskScheduler.Default);
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        var connection = new ControlConnection(socket);
        await using (connection.ConfigureAwait(false))
        {
            try
            {
                if (!IsOwnUser(socket)) return;
                var request = await connection.ReadLineAsync(ControlJson.Default.ControlRequest, _stopping.Token).ConfigureAwait(false);
                if (request is { Verb: not null }) await AnswerAsync(request, connection).ConfigureAwait(false);
            }
            catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or JsonException)
            {
                // The verb went away, or spoke something else: nobody is left to tell.
            }
        }
    }

    private async Task AnswerAsync(ControlRequest request, ControlConnection connection)
    {
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        var call = new ControlCall(request, connection);
        var left = WatchAsync(call, connection.Socket, cancel);
        ControlLine last = new() { Done = true };
        try
        {
            if (!_handlers.TryGetValue(request.Verb, out var handler))
                throw new HawserException(Reason.NotSupported, $"what runs on this home does not know the verb {request.Verb}",
                    "see what runs there with: hawser status, or hawser hub status");
            await handler(call, cancel.Token).ConfigureAwait(false);
        }
        catch (HawserException e)
        {
            last = new() { Error = ControlError.From(e) };
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            last = new() { Error = new(130, Reason.Interrupted, "the node stopped", null) };
        }
        catch (Exception e) when (e is not (IOException or SocketException))
        {
            _log.VerbFailed(request.Verb, e);
            last = new() { Error = new(1, Reason.Failed, $"{request.Verb} failed inside: {e.Message}", "see the node's log") };
        }

        if (!call.IsStream)
            await connection.WriteLineAsync(last, ControlJson.Default.ControlLine, CancellationToken.None).ConfigureAwait(false);
        await cancel.CancelAsync().ConfigureAwait(false);
        await left.ConfigureAwait(false);
    }

    // Between its request and a stream a verb sends nothing: what becomes readable is its end.
    private static async Task WatchAsync(ControlCall call, Socket socket, CancellationTokenSource cancel)
    {
        try
        {
            await socket.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None, cancel.Token).ConfigureAwait(false);
            if (!call.IsStream && socket.Available == 0) await cancel.CancelAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The call is over.
        }
    }

    // struct ucred: pid, uid, gid. SO_PEERCRED of socket(7); elsewhere the folder's mode alone keeps others out.
    private static bool IsOwnUser(Socket socket)
    {
        if (!OperatingSystem.IsLinux()) return true;
        Span<byte> credentials = stackalloc byte[12];
        if (socket.GetRawSocketOption(1, 17, credentials) != credentials.Length) return false;
        var uid = MemoryMarshal.Read<uint>(credentials[4..]);
        return uid == 0 || uid == GetUid();
    }

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint GetUid();
}
