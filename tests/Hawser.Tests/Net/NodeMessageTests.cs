using System.Collections.Concurrent;
using System.Text;
using Hawser.Net;
using Hawser.Net.Sockets;
using Xunit;

namespace Hawser.Tests.Net;

/// <summary>Messages between programs that embed a node, over a network that loses datagrams.</summary>
public sealed class NodeMessageTests : IDisposable
{
    private readonly CancellationTokenSource _patience = new(TimeSpan.FromSeconds(120));
    private readonly LoopbackNetwork _network = new(loss: 0.05, seed: 3);
    private readonly TempHome _folder = new();

    public NodeMessageTests() => Directory.CreateDirectory(_folder.Home.Folder);

    public void Dispose()
    {
        _folder.Dispose();
        _patience.Dispose();
    }

    [Fact]
    public async Task Every_message_is_handled_once_in_order_and_said_to_be_there()
    {
        await using var one = Start(1, null);
        await using var two = Start(2, null);
        await BefriendAsync(one, two);
        var (handled, delivered) = (new ConcurrentQueue<string>(), new ConcurrentDictionary<string, int>());
        var all = new TaskCompletionSource();
        one.MessageDelivered = id => delivered.AddOrUpdate(id, 1, (_, count) => count + 1);
        using var handler = two.OnMessage("number", (message, _) =>
        {
            Assert.Equal(one.Key, message.Key);
            handled.Enqueue(Encoding.UTF8.GetString(message.Json.Span));
            if (handled.Count == 1000) all.TrySetResult();
            return Task.CompletedTask;
        });
        List<string> ids = [];
        for (var batch = 0; batch < 10; batch++)
            ids.AddRange(await one.SendMessagesAsync(two.Key, "number", [.. Enumerable.Range(100 * batch, 100).Select(n => Encoding.ASCII.GetBytes($"{n}"))]));
        await all.Task.WaitAsync(_patience.Token);
        Assert.Equal(Enumerable.Range(0, 1000).Select(n => $"{n}"), handled);
        while (delivered.Count < 1000) await Task.Delay(10, _patience.Token);
        Assert.All(ids, id => Assert.Equal(1, delivered[id]));
    }

    [Fact]
    public async Task A_handler_that_failed_gets_the_message_again_after_the_next_start()
    {
        var book = Path.Combine(_folder.Home.Folder, "two.db");
        await using var one = Start(1, Path.Combine(_folder.Home.Folder, "one.db"));
        var tried = new TaskCompletionSource();
        await using (var two = Start(2, book))
        {
            await BefriendAsync(one, two);
            using var bad = two.OnMessage("work", (_, _) =>
            {
                tried.TrySetResult();
                throw new InvalidOperationException("not today");
            });
            await one.SendMessageAsync(two.Key, "work", "{\"do\":\"it\"}"u8.ToArray());
            await tried.Task.WaitAsync(_patience.Token);
        }

        await using var again = Start(2, book);
        var done = new TaskCompletionSource<string>();
        using var good = again.OnMessage("work", (message, _) =>
        {
            done.TrySetResult(Encoding.UTF8.GetString(message.Json.Span));
            return Task.CompletedTask;
        });
        Assert.Equal("{\"do\":\"it\"}", await done.Task.WaitAsync(_patience.Token));
    }

    [Fact]
    public async Task Without_a_tally_and_without_JSON_nothing_is_sent()
    {
        await using var one = Start(1, null);
        await using var two = Start(2, null);
        Assert.Equal(Reason.Refused, (await Assert.ThrowsAsync<HawserException>(() => one.SendMessageAsync(two.Key, "a", "1"u8.ToArray()))).Reason);
        await BefriendAsync(one, two);
        await Assert.ThrowsAsync<ArgumentException>(() => one.SendMessageAsync(two.Key, "a", "no json"u8.ToArray()));
        await Assert.ThrowsAsync<ArgumentException>(() => one.SendMessageAsync(two.Key, "A", "1"u8.ToArray()));
        await Assert.ThrowsAsync<ArgumentException>(() => one.SendMessageAsync("nobody", "a", "1"u8.ToArray()));
        Assert.NotEqual(one.UserKey, one.Key);
    }

    private async Task BefriendAsync(HawserNode one, HawserNode two)
    {
        var there = two.BefriendAsync(one.Key, cancel: _patience.Token);
        await one.BefriendAsync(two.Key, two.Local, _patience.Token);
        await there;
    }

    private HawserNode Start(byte who, string? book) => HawserNode.Start(new() { Secret = [.. Enumerable.Repeat(who, 32)], Socket = _network.Bind(), Book = book });
}
