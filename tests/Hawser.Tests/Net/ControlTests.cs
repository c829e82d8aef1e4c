using System.Net.Sockets;
using System.Text;
using Hawser.Net;
using Hawser.Net.Control;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Hawser.Tests.Net;

public sealed class ControlTests : IAsyncDisposable
{
    private readonly TempHome _temp = new();
    private readonly ControlServer _server;
    private readonly CancellationToken _cancel = new CancellationTokenSource(TimeSpan.FromSeconds(30)).Token;

    public ControlTests()
    {
        _temp.Home.Create();
        _server = new(_temp.Home, NullLogger.Instance);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _temp.Dispose();
    }

    [Fact]
    public async Task Items_arrive_in_order_and_end()
    {
        _server.Handle("peer list", async (call, cancel) =>
        {
            for (var i = 0; i < 100; i++) await call.WriteAsync(new DownReport(i), cancel);
        });
        await using var client = await ConnectAsync();
        await client.SendAsync("peer list", new NoArgs(), _cancel);
        Assert.Equal(Enumerable.Range(0, 100), (await ItemsAsync<DownReport>(client)).Select(item => item.Pid));
        Assert.Null(client.Stream);
    }

    [Fact]
    public async Task Errors_cross_with_reason_and_remedy()
    {
        _server.Handle("x", (_, _) => throw new HawserException(Reason.NoSuchPeer, "no contact is called x", "see"));
        await using var client = await ConnectAsync();
        await client.SendAsync("x", new NoArgs(), _cancel);
        var e = await Assert.ThrowsAsync<HawserException>(() => ItemsAsync<DownReport>(client));
        Assert.Equal((Reason.NoSuchPeer, "no contact is called x", "see"), (e.Reason, e.Message, e.Remedy));
    }

    [Fact]
    public async Task An_unknown_verb_is_said_to_be_one()
    {
        await using var client = await ConnectAsync();
        await client.SendAsync("nonsense", new NoArgs(), _cancel);
        Assert.Equal(Reason.NotSupported, (await Assert.ThrowsAsync<HawserException>(() => ItemsAsync<DownReport>(client))).Reason);
    }

    [Fact]
    public async Task A_stream_carries_bytes_both_ways_and_each_end_by_itself()
    {
        _server.Handle("dial", async (call, cancel) =>
        {
            await call.WriteAsync(new DialReport("connect", 1, null), cancel);
            await using var stream = await call.SwitchToStreamAsync(cancel);
            using var all = new MemoryStream();
            await stream.CopyToAsync(all, cancel);
            await stream.WriteAsync(all.ToArray(), cancel);
            stream.FinishWriting();
        });
        await using var client = await ConnectAsync();
        await client.SendAsync("dial", new DialArgs("pi/echo", null), _cancel);
        Assert.Single(await ItemsAsync<DialReport>(client));
        var sent = new byte[100_000];
        new Random(1).NextBytes(sent);
        await client.Stream!.WriteAsync(sent, _cancel);
        client.Stream.FinishWriting();
        using var received = new MemoryStream();
        await client.Stream.CopyToAsync(received, _cancel);
        Assert.Equal(sent, received.ToArray());
    }

    [Fact]
    public async Task A_verb_that_goes_away_cancels_its_handler()
    {
        var cancelled = new TaskCompletionSource();
        _server.Handle("forward", async (_, cancel) =>
        {
            await Task.Delay(Timeout.Infinite, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancelled.SetResult();
        });
        var client = await ConnectAsync();
        await client.SendAsync("forward", new NoArgs(), _cancel);
        await client.DisposeAsync();
        await cancelled.Task.WaitAsync(_cancel);
    }

    [Theory, InlineData("not json\n"), InlineData("{}\n"), InlineData("[1,2]\n"), InlineData("{\"verb\":null}\n")]
    public async Task What_is_no_request_ends_the_connection_only(string line)
    {
        _server.Handle("x", (call, cancel) => call.WriteAsync(new DownReport(1), cancel));
        await using (var client = await ConnectAsync()) { }
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(_temp.Home.ControlSocket), _cancel);
        await socket.SendAsync(Encoding.UTF8.GetBytes(line), _cancel);
        Assert.Equal(0, await socket.ReceiveAsync(new byte[10], _cancel));
        await using var next = (await ControlClient.TryConnectAsync(_temp.Home, _cancel))!;
        await next.SendAsync("x", new NoArgs(), _cancel);
        Assert.Single(await ItemsAsync<DownReport>(next));
    }

    [Fact]
    public async Task A_socket_that_nobody_listens_on_counts_as_none()
    {
        File.WriteAllText(_temp.Home.ControlSocket, "");
        Assert.Null(await ControlClient.TryConnectAsync(_temp.Home, _cancel));
    }

    private async Task<ControlClient> ConnectAsync()
    {
        _server.Start();
        return (await ControlClient.TryConnectAsync(_temp.Home, _cancel))!;
    }

    private async Task<List<T>> ItemsAsync<T>(ControlClient client)
        where T : class
    {
        List<T> items = [];
        await foreach (var item in client.ItemsAsync<T>(_cancel)) items.Add(item);
        return items;
    }
}
