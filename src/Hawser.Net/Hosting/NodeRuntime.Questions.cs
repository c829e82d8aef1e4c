using System.Collections.Concurrent;
using Hawser.Crypto;
using Hawser.Session.Tcp;
using Hawser.Transport;

namespace Hawser.Net.Hosting;

// Questions to hosts that answer anybody: the asker stays unknown, and TCP is tried by it. Spec: session.md §5.6.
internal sealed partial class NodeRuntime
{
    private readonly ConcurrentDictionary<ConnectionId, TaskCompletionSource<byte[]?>> _questions = new();

    /// <summary>Asks over TCP; null if there is no answer.</summary>
    public async Task<byte[]?> AskAsync(HostPort at, DhPublicKey host, byte[] question, CancellationToken cancel)
    {
        var answered = new TaskCompletionSource<byte[]?>(TaskCreationOptions.RunContinuationsAsynchronously);
        var id = Ask((machine, now) =>
        {
            var asked = machine.Tcp.Ask(now, at, host, question);
            _questions[asked] = answered; // before the lock is left: the answer may follow at once
            return asked;
        });
        try
        {
            return await answered.Task.WaitAsync(cancel);
        }
        finally
        {
            _questions.TryRemove(id, out _);
        }
    }

    private void Noted(TcpNote note)
    {
        if (note is not TcpNote.Answered(var id, var answer)) TcpNotes.Take(note);
        else if (_questions.TryRemove(id, out var waiting)) waiting.TrySetResult(answer);
    }
}
