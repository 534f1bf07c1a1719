import type { ReactNode } from 'react';
import { ISOLATED_RUNTIME, type ContainerSummary } from '../../shared/contract/engine.ts';
import { plural } from '../model/plural.ts';
import { reviewOrder } from '../model/apply-session.ts';
import { Checkbox } from '../controls/Checkbox.tsx';
import { useActions, useTask, useWindow } from '../state/context.ts';
import { Button } from '../ui/Button.tsx';
import { FailureNote } from '../ui/FailureNote.tsx';
import { Spinner } from '../ui/icons.tsx';

function ContainerTable({ containers }: { readonly containers: readonly ContainerSummary[] }): ReactNode {
  return (
    // What scrolls has to be reachable without a mouse.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <section className="containers" aria-label="Containers that exist" tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">Container</th>
            <th scope="col">Image</th>
            <th scope="col">State</th>
            <th scope="col">Made</th>
          </tr>
        </thead>
        <tbody>
          {reviewOrder(containers).map(({ id, name, image, running, runtime }) => (
            <tr key={id}>
              <td>{name}</td>
              <td className="dim">{image}</td>
              <td>{running ? 'running' : 'stopped'}</td>
              <td className="dim">{runtime === ISOLATED_RUNTIME ? 'isolated' : 'not isolated'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

interface ContainerReviewProps {
  readonly isRunning: boolean;
  readonly turningOn: boolean;
  readonly remove: boolean;
  readonly onRemove: (remove: boolean) => void;
}

/** The containers that exist before applying, what becomes of them, and the choice to remove them. */
export function ContainerReview({ isRunning, turningOn, remove, onRemove }: ContainerReviewProps): ReactNode {
  const { listContainers } = useActions();
  const containers = useWindow((state) => state.containers);
  const { pending, failure } = useTask('listContainers');

  if (!isRunning) {
    return (
      <p>The engine is not running, so its containers can’t be listed. Those that exist stay as they were made.</p>
    );
  }
  if (failure !== null) {
    return (
      <div>
        <FailureNote failure={failure} />
        <p className="containers__retry">
          The containers could not be listed. Those that exist stay as they were made.{' '}
          <Button look="link" pending={pending} onPress={() => void listContainers()}>
            List them again
          </Button>
        </p>
      </div>
    );
  }
  if (containers === null) {
    return (
      <output className="containers__pending dim">
        <Spinner /> Listing the containers…
      </output>
    );
  }
  if (containers.length === 0) return <p>There are no containers yet, so there is nothing to recreate.</p>;
  return (
    <section className="review" aria-labelledby="review-title">
      <h3 id="review-title">
        {containers.length === 1
          ? '1 container stays as it was made'
          : `${containers.length} containers stay as they were made`}
      </h3>
      <p className="dim">
        They keep their settings, and <code>docker inspect</code> keeps saying how they were made.
        {turningOn &&
          ' Those that share a namespace of the VM (network, pid, ipc) may be refused under isolation.'}{' '}
        Recreate them to be sure.
      </p>
      <ContainerTable containers={containers} />
      <div className="review__remove">
        <Checkbox
          name="remove-containers"
          labelledBy="remove-containers-label"
          describedBy="remove-containers-cost"
          disabled={false}
          checked={remove}
          onChange={onRemove}
        />
        <div>
          <label id="remove-containers-label" htmlFor="remove-containers">
            Remove {containers.length === 1 ? 'this container' : `these ${plural(containers.length, 'container')}`}{' '}
            first
          </label>
          <p className="dim" id="remove-containers-cost">
            What they wrote outside of volumes is deleted with them. Images and volumes stay.
          </p>
        </div>
      </div>
    </section>
  );
}
