using PSTransfer.Core.Models;

namespace PSTransfer.Core.Training.Runs;

/// <summary>Watches a run, on the run's thread. Each method does nothing here; a caller overrides those that it needs.</summary>
public class RunObserver
{
    /// <summary>Something is computed once before a stage's steps.</summary>
    /// <param name="what">Its name, such as "features of images".</param>
    /// <param name="share">How much of it is done, 0 to 1.</param>
    public virtual void Preparing(string what, double share)
    {
    }

    /// <summary>A step was taken.</summary>
    /// <param name="progress">The run's progress after it.</param>
    public virtual void Stepped(TrainingProgress progress)
    {
    }

    /// <summary>An epoch has ended, and its checkpoint is written.</summary>
    /// <param name="epoch">The epoch's record.</param>
    public virtual void EpochDone(EpochRecord epoch)
    {
    }

    /// <summary>The run has a warning for the user.</summary>
    /// <param name="text">The warning.</param>
    public virtual void Warned(string text)
    {
    }

    /// <summary>The run has news for a user who wants details.</summary>
    /// <param name="text">The news.</param>
    public virtual void Told(string text)
    {
    }
}
